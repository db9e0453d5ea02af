/** The SDK: ES modules for a bundler and for a plain page alike. `npm run build:sdk`; declarations: tsconfig.sdk.json. */

import { defineConfig } from "vite";

export default defineConfig({
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
