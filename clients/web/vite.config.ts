import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    outDir: "dist/page", // beside dist/sdk
    license: { fileName: "licenses.md" }, // of the packages that are inside
    // The arena's drawing is loaded when a game opens, and is mostly PixiJS.
    chunkSizeWarningLimit: 700,
  },
  server: {
    // `npm run dev` beside `tickroom serve`
    proxy: {
      "/api": "http://127.0.0.1:2567",
      "/ws": { target: "ws://127.0.0.1:2567", ws: true },
    },
  },
  test: {
    include: ["tests/**/*.test.{ts,tsx}"],
  },
});
