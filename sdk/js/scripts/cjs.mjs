// Writes `cjs/`: the package for what does not know `exports`, or ES modules, or the syntax of the last years, which is
// webpack 4, Jest and Metro in their usual settings, and TypeScript's `node` resolution.

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { transformSync } from "esbuild";

/** The root of the package. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MODULES = ["portico.js", "format.js", "react/index.js"];
const DECLARATIONS = [
  "portico.d.ts",
  "format.d.ts",
  "react/index.d.ts",
  "types/answers.d.ts",
  "types/errors.d.ts",
  "types/portal.d.ts",
];

/** Writes all files into a folder. */
export function writeCommonJs(folder) {
  rmSync(folder, { recursive: true, force: true });
  const place = (name) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    return join(folder, name);
  };
  for (const name of MODULES) {
    const { code } = transformSync(readFileSync(join(ROOT, name), "utf8"), { format: "cjs", target: "es2018" });
    writeFileSync(place(name), code);
  }
  for (const name of DECLARATIONS) copyFileSync(join(ROOT, name), place(name));
  writeFileSync(place("package.json"), '{ "type": "commonjs" }\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeCommonJs(join(ROOT, "cjs"));
