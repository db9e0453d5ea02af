/** The SDK: ES modules for a bundler and for a plain page alike. `npm run build:sdk`; declarations: tsconfig.sdk.json. */

import { defineConfig, type Plugin, parseAst } from "vite";

/**
 * The arena, chat, lobby and the test kit get copies of their own of what they share with the core: constants and pure functions.
 *
 * A file that several entries load goes into a chunk that holds what any of them uses. Without this the core would be 1 kB
 * larger by the arena's tables, and by the seams between its chunks.
 */
const ownCopies: Plugin = {
  name: "own-copies",
  enforce: "pre",
  async resolveId(source, importer, options) {
    const copy = /\/src\/(arena|chat|lobby|testing)\/|\?own-(\w+)$/.exec(importer ?? "");
    if (copy === null) return null;
    const resolved = await this.resolve(source, importer, { ...options, skipSelf: true });
    return resolved && !resolved.external ? `${resolved.id}?own-${copy[1] ?? copy[2]}` : resolved;
  },
};

// What each of MessagePack's classes has that the protocol has no use for: streams; binary, big integers, extensions.
const IDLE: Readonly<Record<string, readonly string[]>> = {
  Decoder: ["decodeMulti", "decodeAsync", "decodeArrayStream", "decodeStream", "decodeMultiAsync"],
  Encoder: ["encode", "encodeBinary", "encodeExtension", "encodeBigInt64", "writeBigInt64", "writeBigUint64"],
};
// In place of whole modules: extensions of the protocol there are none, and maps come so seldom that no key is kept.
const STUBS: Readonly<Record<string, string>> = {
  "ExtensionCodec.mjs": `export class ExtensionCodec {
    static defaultCodec = new ExtensionCodec();
    tryToEncode() { return null; }
    decode() { throw new RangeError("the protocol has no extensions"); }
  }`,
  "CachedKeyDecoder.mjs": "export class CachedKeyDecoder { canBeCached() { return false; } }",
};
const STUB = "\0messagepack-";

/** MessagePack without what the protocol has no use for, and no bundler can see to be idle. */
const leanMessagePack: Plugin = {
  name: "lean-messagepack",
  enforce: "pre",
  resolveId(source, importer) {
    const [from = "", copy] = importer?.split("?") ?? [];
    const name = source.slice(2);
    const isStubbed = from.includes("/msgpack/dist.esm/") && source.startsWith("./") && name in STUBS;
    return isStubbed ? STUB + name + (copy ? `?${copy}` : "") : null;
  },
  load(id) {
    return id.startsWith(STUB) ? STUBS[id.slice(STUB.length).split("?")[0]!] : null;
  },
  transform(code, id) {
    const name = /\/msgpack\/dist\.esm\/(\w+)\.mjs(\?|$)/.exec(id)?.[1] ?? "";
    const idle = IDLE[name];
    if (idle === undefined) return null;
    const methods = parseAst(code)
      .body.flatMap((node) => (node.type === "ExportNamedDeclaration" ? [node.declaration] : [node]))
      .flatMap((node) => (node?.type === "ClassDeclaration" ? node.body.body : []))
      .flatMap((member) => (member.type === "MethodDefinition" ? [member] : []))
      .filter(({ key }) => key.type === "Identifier" && idle.includes(key.name));
    if (methods.length !== idle.length) throw new Error(`lean-messagepack: ${name} has other methods than it had`);
    const blank = (text: string, { start, end }: { start: number; end: number }) =>
      text.slice(0, start) + text.slice(start, end).replace(/\S/g, " ") + text.slice(end); // lines and columns stay
    return { code: methods.reduce(blank, code), map: null };
  },
};

export default defineConfig({
  plugins: [leanMessagePack, ownCopies],
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
        chat: "src/chat/index.ts",
        lobby: "src/lobby/index.ts",
        react: "src/react/index.ts",
        vue: "src/vue/index.ts",
        websocket: "src/websocket/index.ts",
        testing: "src/testing/index.ts",
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
