/** The command line. */

import { readFileSync } from "node:fs";

import { Command, CommanderError } from "commander";

import { auditCommand } from "./audit/command.js";
import { doctorCommand } from "./doctor/command.js";
import { EXIT, Failure } from "./failure.js";
import { importCommand } from "./import/command.js";
import { showCommand } from "./show/command.js";

/**
 * @typedef {object} Desk What a command gets of the world.
 * @property {NodeJS.ProcessEnv} env
 * @property {(text: string) => void} print Standard output, for results.
 * @property {(text: string) => void} tell Standard error, for the course of things; a line.
 */

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/**
 * Runs a command, and returns the exit code.
 *
 * @param {string[]} args
 * @param {Desk} [desk]
 * @returns {Promise<number>}
 */
export async function main(args, desk = standardDesk()) {
  let code = EXIT.done;
  /** @param {number} ended */
  const end = (ended) => {
    code = ended;
  };
  const program = new Command("portico")
    .description("The operator's desk for Portico. Secrets come from the environment alone, and none is ever printed.")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: desk.print,
      writeErr: (text) => desk.tell(text.trimEnd()),
      // An argument that is wrong can have a password in it.
      outputError: (text, write) => write(text.replace(/ argument '.*' is invalid\./s, " is invalid:")),
    });
  for (const make of [doctorCommand, importCommand, auditCommand, showCommand]) {
    program.addCommand(make(desk, end).copyInheritedSettings(program));
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.misused;
    desk.tell(`portico: ${described(error)}`);
    return EXIT.givenUp;
  }
}

/**
 * What to say of an error. The words of one that nobody has thought of stay out: they can have a secret in them.
 *
 * @param {unknown} error
 */
function described(error) {
  if (error instanceof Failure) return error.message;
  if (!(error instanceof Error)) return "an unknown error";
  // Of a file: the code, what was tried and the name.
  if ("syscall" in error && "path" in error) return error.message;
  const places = error.stack?.split("\n").filter((line) => line.startsWith("    at ")) ?? [];
  return [`a fault of this program, ${error.name}`, ...places].join("\n");
}

/** @returns {Desk} */
function standardDesk() {
  return {
    env: process.env,
    print: (text) => void process.stdout.write(text),
    tell: (text) => void process.stderr.write(`${text}\n`),
  };
}
