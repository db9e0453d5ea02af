// The size of each file of the SDK with the chunks that it loads: node scripts/sdk-sizes.mjs [--json] [LIMIT]
//
// Bytes as they go over the wire: each file compressed alone (gzip, level 9). Fails when the core is over its limit.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { parseAst } from "vite";

const CORE = "client.js";
const limit = Number(process.argv.find((word) => /^\d+$/.test(word)) ?? 20_000); // bytes, gzip

const sdk = new URL("../dist/sdk/", import.meta.url);

/** The files that `file` loads at once, itself included. What it imports with `import()` comes later, and does not count. */
function filesOf(file, found = new Set()) {
  if (found.has(file.href)) return found;
  found.add(file.href);
  for (const { source } of parseAst(readFileSync(file, "utf8")).body) {
    if (source?.value.startsWith(".")) filesOf(new URL(source.value, file), found);
  }
  return found;
}

function measure(name) {
  const files = [...filesOf(new URL(name, sdk))].map((href) => readFileSync(new URL(href)));
  const sum = (sizes) => sizes.reduce((total, size) => total + size, 0);
  return {
    name,
    files: files.length,
    raw: sum(files.map((bytes) => bytes.length)),
    gzip: sum(files.map((bytes) => gzipSync(bytes, { level: 9 }).length)),
  };
}

const entries = readdirSync(fileURLToPath(sdk)).filter((name) => name.endsWith(".js"));
const sizes = entries.sort((a, b) => Number(b === CORE) - Number(a === CORE) || a.localeCompare(b)).map(measure);
if (process.argv.includes("--json")) {
  process.stdout.write(`${JSON.stringify(sizes)}\n`);
} else {
  process.stdout.write("entry, with its chunks  files      raw     gzip\n");
  for (const { name, files, raw, gzip } of sizes) {
    process.stdout.write(
      `${name.padEnd(23)} ${[files, raw, gzip].map((n, column) => String(n).padStart(column ? 8 : 5)).join(" ")}\n`,
    );
  }
}
const core = sizes.find(({ name }) => name === CORE);
if (core === undefined || core.gzip > limit) {
  process.stderr.write(`sdk-sizes: ${CORE} takes ${core?.gzip ?? "no"} bytes; the limit is ${limit}\n`);
  process.exitCode = 1;
}
