/** The SDK: ES modules for a bundler and for a plain page alike. `npm run build:sdk`; declarations: tsconfig.sdk.json. */

import { defineConfig, type Plugin, parseAst } from "vite";

/**
 * The generated tables are one file of constants, in which a chunk that everybody loads would hold all that anybody
 * uses. Who is not the core gets a copy, of which its own part stays: 0.9 kB less to load for a page with another game.
 */
const ownTables: Plugin = {
  name: "own-tables",
  enforce: "pre",
  async resolveId(source, importer, options) {
    if (!source.endsWith("/generated/protocol.ts") || !/\/src\/(arena|testing)\//.test(importer ?? "")) return null;
    const resolved = await this.resolve(source, importer, { ...options, skipSelf: true });
    return resolved && `${resolved.id}?own`;
  },
};

const STREAMING = ["decodeMulti", "decodeAsync", "decodeArrayStream", "decodeStream", "decodeMultiAsync"];

/** A WebSocket message comes whole: what `Decoder` has for streams is left out, for no bundler sees that it is idle. */
const noStreams: Plugin = {
  name: "no-streams",
  transform(code, id) {
    if (!id.endsWith("/msgpack/dist.esm/Decoder.mjs")) return null;
    const methods = parseAst(code)
      .body.flatMap((node) => (node.type === "ExportNamedDeclaration" ? [node.declaration] : [node]))
      .flatMap((node) => (node?.type === "ClassDeclaration" ? node.body.body : []))
      .flatMap((member) => (member.type === "MethodDefinition" ? [member] : []))
      .filter(({ key }) => key.type === "Identifier" && STREAMING.includes(key.name));
    if (methods.length !== STREAMING.length) throw new Error("no-streams: Decoder has other methods than it had");
    const blank = (text: string, { start, end }: { start: number; end: number }) =>
      text.slice(0, start) + text.slice(start, end).replace(/\S/g, " ") + text.slice(end); // lines and columns stay
    return { code: methods.reduce(blank, code), map: null };
  },
};

export default defineConfig({
  plugins: [ownTables, noStreams],
  publicDir: false,
  build: {
    target: "es2022",
    outDir: "dist/sdk",
    sourcemap: true,
    // @msgpack/msgpack is inside the files, for a plain page has no way to find it; so is its licence.
    license: { fileName: "licenses.md" },
    lib: {
      entry: {
        client: "src/index.ts",
        arena: "src/arena/index.ts",
        websocket: "src/websocket/index.ts",
      },
      formats: ["es"],
    },
    rolldownOptions: {
      external: ["react", "vue"],
      output: {
        // Vite leaves the blanks in ES libraries, to keep the marks of pure calls. Rolldown's own minifier keeps those.
        minify: true,
        chunkFileNames: "chunks/[name]-[hash].js",
      },
    },
  },
});
