// What the compiler leaves to do in dist/sdk: node scripts/finish-sdk.mjs
//
// Declarations name their neighbours as the sources do ("./api.ts"); a consumer has "./api.js" beside "./api.d.ts".
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const sdk = fileURLToPath(new URL("../dist/sdk/", import.meta.url));
const specifier = /(\bfrom |\bimport\(|\bimport )"(\.{1,2}\/[^"]+)\.tsx?"/g;

for (const path of readdirSync(join(sdk, "types"), { recursive: true })) {
  if (!path.endsWith(".d.ts")) continue;
  const file = join(sdk, "types", path);
  writeFileSync(file, readFileSync(file, "utf8").replace(specifier, '$1"$2.js"'));
}
copyFileSync(fileURLToPath(new URL("../../../LICENSE", import.meta.url)), join(sdk, "LICENSE"));
