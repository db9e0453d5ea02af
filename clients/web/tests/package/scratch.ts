/** Somebody else's project: a folder with the package in it as npm packs it, and nothing from a registry. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const WEB = fileURLToPath(new URL("../../", import.meta.url));
const TSC = join(WEB, "node_modules/typescript/bin/tsc");

export class ScratchProject {
  readonly folder = mkdtempSync(join(tmpdir(), "tickroom-consumer-"));

  constructor() {
    if (!existsSync(join(WEB, "dist/sdk/client.js"))) throw new Error("the SDK is not built: make setup");
    this.write("package.json", JSON.stringify({ name: "consumer", private: true, type: "module" }));
  }

  /** Pack and unpack: what `npm install` of the package's file does, without looking for anything else. */
  installPackage(): void {
    execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", this.folder], {
      cwd: WEB,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [archive] = readdirSync(this.folder).filter((name) => name.endsWith(".tgz"));
    const place = join(this.folder, "node_modules/@tickroom/client");
    mkdirSync(place, { recursive: true });
    execFileSync("tar", ["-xzf", join(this.folder, archive!), "-C", place, "--strip-components=1"]);
  }

  /** Make packages that we have installed for ourselves stand in it, each with what it stands on. */
  link(...names: string[]): void {
    for (const name of names) {
      const place = join(this.folder, "node_modules", name);
      mkdirSync(dirname(place), { recursive: true });
      if (!existsSync(place)) symlinkSync(join(WEB, "node_modules", name), place);
    }
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** What a strict compiler says; "" when it has nothing to say. Declarations of packages are checked too. */
  typeCheck(file: string, module: "ESNext" | "Node16" | "NodeNext"): string {
    const options = {
      target: "ES2022",
      lib: ["ES2022", "DOM", "DOM.Iterable"],
      module,
      moduleResolution: module === "ESNext" ? "bundler" : module,
      jsx: "react-jsx",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      types: [],
      noEmit: true,
    };
    const name = `tsconfig.${module}.json`;
    this.write(name, JSON.stringify({ compilerOptions: options, files: [file] }));
    const said = spawnSync(process.execPath, [TSC, "--project", name], { cwd: this.folder, encoding: "utf8" });
    return said.stdout + said.stderr;
  }

  /** What a module prints in Node; throws when it fails. */
  run(file: string): string {
    return execFileSync(process.execPath, [file], { cwd: this.folder, encoding: "utf8" });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
