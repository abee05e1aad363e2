// The programs that the tests run.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const compiler = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));

/** What the TypeScript compiler has to say; nothing if all is well. */
export function tsc(directory, ...parameters) {
  const { error, status, stdout, stderr } = spawnSync(process.execPath, [compiler, ...parameters], {
    cwd: directory,
    encoding: "utf8",
  });
  if (error) {
    throw error;
  }
  return status === 0 ? stdout + stderr : `tsc ends with ${status}:\n${stdout}${stderr}`;
}

/** Runs a program and gives what it writes to its standard output. */
export function run(directory, program, ...parameters) {
  const { error, status, stdout, stderr } = spawnSync(program, parameters, { cwd: directory, encoding: "utf8" });
  if (error) {
    throw error;
  }
  if (status !== 0) {
    throw new Error(`${program} ${parameters.join(" ")} ends with ${status}:\n${stdout}${stderr}`);
  }
  return stdout;
}
