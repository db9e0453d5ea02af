// A single-file component on the input becomes TypeScript on the output: node compile_vue.mjs
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../clients/web/package.json", import.meta.url));
const { compileScript, parse } = require("vue/compiler-sfc");

const { descriptor, errors } = parse(readFileSync(0, "utf8"), { filename: "example.vue" });
if (errors.length > 0) throw new AggregateError(errors, String(errors[0]));
process.stdout.write(compileScript(descriptor, { id: "example", inlineTemplate: true }).content);
