/** Who imports one small thing from the built SDK gets that thing, and not the rest. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Rolldown } from "vite";
import { afterAll, expect, test } from "vitest";
import { WEB } from "./scratch.ts";

const folder = mkdtempSync(join(tmpdir(), "tickroom-shaking-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes of a bundle of this one module, minified. */
async function bundledBytes(name: string, source: string): Promise<number> {
  const entry = join(folder, `${name}.js`);
  writeFileSync(entry, source);
  const bundle = (await build({
    configFile: false,
    logLevel: "silent",
    root: folder,
    build: {
      write: false,
      lib: { entry, formats: ["es"], fileName: name },
      rolldownOptions: { output: { minify: true } },
    },
  })) as Rolldown.RolldownOutput[];
  return bundle.flatMap(({ output }) => output).reduce((sum, part) => sum + ("code" in part ? part.code.length : 0), 0);
}

const from = (file: string) => JSON.stringify(join(WEB, "dist/sdk", file));

test("the backoff alone is small", async () => {
  const all = await bundledBytes("all", `export * from ${from("client.js")};`);
  const backoff = await bundledBytes("backoff", `export { Backoff } from ${from("client.js")};`);
  expect(all).toBeGreaterThan(30_000); // else this measures nothing
  // What is left besides it is what MessagePack and CRC-32 compute when they are loaded: no bundler may drop that.
  expect(backoff).toBeLessThan(4_000);
});

test("the arena's schema comes without its movement", async () => {
  const all = await bundledBytes("arena", `export * from ${from("arena.js")};`);
  const schema = await bundledBytes("schema", `export { ARENA } from ${from("arena.js")};`);
  expect(schema).toBeLessThan(all / 2);
});
