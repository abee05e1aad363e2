/** Runs the program in a folder of its own, and checks what holds for every run. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const TEST_KEY = "rk_test_4eC39HqLyjWDarjtT1zdp7dc";
export const LIVE_KEY = "rk_live_4eC39HqLyjWDarjtT1zdp7dc";
export const SECRET = "whsec_0123456789abcdef";

const PROGRAM = fileURLToPath(new URL("../../bin/portico.js", import.meta.url));

/** What no run may show: secrets, and what Stripe knows of a customer. */
const NEVER_SHOWN = [SECRET, "4eC39HqLyjWDarjtT1zdp7dc", "@example.com", "Jenny"];

/** @typedef {{ code: number | null, output: string, errors: string }} Ended */

/** A folder with the program's files, and the environment that it runs in. */
export class Desk {
  folder = mkdtempSync(join(tmpdir(), "portico-cli-"));
  /** @type {Record<string, string>} */
  env = { STRIPE_API_KEY: TEST_KEY, STRIPE_WEBHOOK_SECRET: SECRET };

  /** @param {import("node:test").TestContext} t */
  constructor(t) {
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  /** Writes a file, and returns its name as the program is told it. @param {string} name @param {string} text */
  file(name, text) {
    writeFileSync(join(this.folder, name), text);
    return name;
  }

  /** @param {string} name */
  read(name) {
    return readFileSync(join(this.folder, name), "utf8");
  }

  /** @param {string[]} args @param {string} [input] */
  start(args, input) {
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: this.folder, env: { PATH, ...this.env } });
    child.stdin.end(input ?? "");
    const ended = new Promise((resolve, reject) => {
      let [output, errors] = ["", ""];
      child.stdout.on("data", (text) => (output += text));
      child.stderr.on("data", (text) => (errors += text));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, output, errors }));
    });
    return { child, ended: /** @type {Promise<Ended>} */ (ended) };
  }

  /** Runs the program to its end. @param {string[]} args @param {string} [input] */
  async run(args, input) {
    const ended = await this.start(args, input).ended;
    for (const text of NEVER_SHOWN) {
      assert.ok(!(ended.output + ended.errors).includes(text), `the program shows ${text}: ${JSON.stringify(ended)}`);
    }
    return ended;
  }
}
