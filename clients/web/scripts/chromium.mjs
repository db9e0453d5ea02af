// Find a Chromium that starts here and draws WebGL 2, and print its path: with-node node scripts/chromium.mjs
//
// Order: CHROMIUM_PATH; a Chromium on PATH; the one that the npm package @sparticuz/chromium carries, unpacked once
// into .tools/. Nothing is installed and no root is needed. The printed path starts without further settings:
//   chromium.launch({ executablePath })          from playwright-core, which brings the flags that matter
//                                                (--headless, --no-sandbox, --enable-unsafe-swiftshader)
import { execFile } from "node:child_process";
import { createReadStream, createWriteStream, existsSync, readFileSync } from "node:fs";
import { access, chmod, constants, mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, delimiter, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createBrotliDecompress } from "node:zlib";
import { chromium } from "playwright-core";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const carrier = fileURLToPath(new URL("../node_modules/@sparticuz/chromium/", import.meta.url));
const namesOnPath = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

// The libraries that Chromium asks for and a small machine lacks (NSS, NSPR, Expat) are in the package too, and so
// is a font (Open Sans). They are used always, not only where missing: the same browser and the same text everywhere.
const launcher = `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
LD_LIBRARY_PATH="$here/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
FONTCONFIG_FILE="$here/fonts.conf"
XDG_CACHE_HOME="$here/cache"
export LD_LIBRARY_PATH FONTCONFIG_FILE XDG_CACHE_HOME
exec "$here/chromium" "$@"
`;
const fontsConf = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/** Start it, ask for a WebGL 2 context, close it. Null if all is well, else what went wrong in one line. */
async function faultOf(executablePath) {
  let browser;
  try {
    browser = await chromium.launch({ executablePath, timeout: 30_000 });
    const page = await browser.newPage();
    const draws = await page.evaluate(() => document.createElement("canvas").getContext("webgl2") !== null);
    return draws ? null : "it has no WebGL 2";
  } catch (error) {
    return String(error instanceof Error ? error.message : error).split("\n", 1)[0];
  } finally {
    await browser?.close();
  }
}

async function candidatesOnPath() {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const found = [];
  for (const path of namesOnPath.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    const executable = await access(path, constants.X_OK).then(
      () => stat(path),
      () => null,
    );
    if (executable?.isFile()) found.push(path);
  }
  return found;
}

// Through a file, not a pipe: tar stops reading at the archive's end mark, before the last padding is written to it.
async function unpackTar(name, into) {
  const archive = join(into, basename(name, ".br"));
  await unpackFile(name, archive);
  await promisify(execFile)("tar", ["-xf", archive, "--no-same-owner", "-C", into]);
  await rm(archive);
}

function unpackFile(name, to) {
  return pipeline(createReadStream(join(carrier, "bin", name)), createBrotliDecompress(), createWriteStream(to));
}

/** Unpack the package's Chromium (64 MB, 200 MB unpacked, about 3 s) unless it has been; the path of its launcher. */
async function unpackCarried() {
  const { version } = JSON.parse(readFileSync(join(carrier, "package.json"), "utf8"));
  const home = join(repository, ".tools", `chromium-${version}`);
  if (existsSync(home)) return join(home, "launch");

  process.stderr.write(`==> unpacking Chromium ${version} (about 3 s)\n`);
  await mkdir(join(repository, ".tools"), { recursive: true });
  const unpacked = await mkdtemp(join(repository, ".tools", "unpacking-"));
  try {
    await Promise.all([
      ...["al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br"].map((name) => unpackTar(name, unpacked)),
      unpackFile("chromium.br", join(unpacked, "chromium")),
    ]);
    await chmod(join(unpacked, "chromium"), 0o755);
    await writeFile(join(unpacked, "fonts.conf"), fontsConf);
    await writeFile(join(unpacked, "launch"), launcher, { mode: 0o755 });
    await chmod(unpacked, 0o755);
    await rename(unpacked, home).catch((error) => {
      if (!existsSync(home)) throw error; // else another run was first: its copy is as good
    });
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
  return join(home, "launch");
}

/**
 * The path of a Chromium that was started just now and has WebGL 2.
 * Throws if CHROMIUM_PATH names one that does not work, or if none works.
 */
export async function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    const fault = await faultOf(named);
    if (fault !== null) throw new Error(`CHROMIUM_PATH names ${named}, which does not work: ${fault}`);
    return named;
  }
  for (const path of await candidatesOnPath()) {
    const fault = await faultOf(path);
    if (fault === null) return path;
    process.stderr.write(`chromium: passing over ${path}: ${fault}\n`);
  }
  const carried = await unpackCarried();
  const fault = await faultOf(carried);
  if (fault !== null)
    throw new Error(`the Chromium of @sparticuz/chromium does not work here (${fault}); name another in CHROMIUM_PATH`);
  return carried;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(`${await findChromium()}\n`);
  } catch (error) {
    process.stderr.write(`chromium: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
