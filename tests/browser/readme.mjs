// The examples of the documentation, taken from where they are read.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { ROOT } from "./harness.mjs";

/**
 * The one example in `language` of a section: everything between its heading and the next one of the same level. It
 * fails where there is none, or a second one that would not be run.
 */
export async function example(file, heading, language) {
  const text = await readFile(join(ROOT, file), "utf8");
  const lines = text.split("\n");
  const begin = lines.indexOf(heading);
  assert.notEqual(begin, -1, `${file} has no section "${heading}"`);
  const level = `${heading.split(" ")[0]} `;
  const length = lines.slice(begin + 1).findIndex((line) => line.startsWith(level));
  const section = lines.slice(begin + 1, length === -1 ? undefined : begin + 1 + length).join("\n");
  const blocks = [...section.matchAll(/^```(\S+)\n(.*?)^```$/gms)].filter(([, name]) => name === language);
  assert.equal(blocks.length, 1, `"${heading}" of ${file} has one example in ${language}`);
  return blocks[0][2];
}

/** Replaces what stands for something of the reader's own. It fails where the example has it no longer, or twice. */
export function fill(example, placeholder, value) {
  const parts = example.split(placeholder);
  assert.equal(parts.length, 2, `the example has ${placeholder} once`);
  return parts.join(value);
}
