/** The operator's files. */

import { readFileSync } from "node:fs";

import { Failure } from "./failure.js";

/**
 * Reads a file that the operator named.
 *
 * @param {string} path
 */
export function readFile(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "it fails";
    throw new Failure(`cannot read ${path}: ${code}`);
  }
}
