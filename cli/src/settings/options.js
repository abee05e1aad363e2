/** The options that several commands have. */

import { readFileSync } from "node:fs";

import { InvalidArgumentError, Option } from "commander";

import { address, isLocal } from "../address.js";
import { Failure } from "../failure.js";

/** Calls in a second, unless the operator says otherwise. Portico makes one or two calls to Stripe for each customer, so
 * both stay well below Stripe's limits, 100 and 25 in a second. */
const RATE = { live: 20, test: 5 };

/** The most calls in a second, and the most to this machine, where no limit of Stripe's is to be kept. */
const MOST = { stripe: 100, local: 10_000 };

/**
 * A parser of commander's, of a function that throws what is wrong.
 *
 * @template T
 * @param {(text: string) => T} parse
 * @returns {(text: string) => T}
 */
function checked(parse) {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : "");
    }
  };
}

/**
 * A whole number from 1.
 *
 * @param {number} most
 */
function number(most) {
  return checked((text) => {
    if (!/^[1-9]\d{0,8}$/.test(text) || Number(text) > most) throw new Error(`it must be a number from 1 to ${most}`);
    return Number(text);
  });
}

/**
 * An origin: an address without a path.
 *
 * @param {string} text
 */
function origin(text) {
  const checkedAddress = address(text);
  if (new URL(checkedAddress).pathname !== "/") throw new Error("it must not have a path");
  return checkedAddress;
}

/**
 * A metadata key has at most 40 characters and no square brackets.
 *
 * @param {string} text
 */
function metadataKey(text) {
  if (text === "" || [...text].length > 40) throw new Error("a metadata key has 1 to 40 characters");
  if (/[[\]\p{Cc}]/u.test(text)) throw new Error("a metadata key has no square brackets and no control characters");
  return text;
}

export const options = {
  portico: () =>
    new Option("--portico <url>", "where Portico runs, such as https://billing.example.com").argParser(checked(address)),
  apiBase: () =>
    new Option("--api-base <url>", "where Stripe's API is")
      .argParser(checked(origin))
      .default("https://api.stripe.com"),
  rate: () =>
    new Option(
      "--rate <number>",
      "calls in a second, of Stripe and Portico together; by default 20 with a live key and 5 with a test key",
    ).argParser(number(MOST.local)),
  attempts: () =>
    new Option("--attempts <number>", "how often a call is made that fails, before it is given up")
      .argParser(number(1_000))
      .default(6),
  metadataKey: () =>
    new Option("--user-metadata-key <key>", "the metadata key that names the user: Portico's user_metadata_key")
      .argParser(checked(metadataKey)),
  state: /** @param {string} name */ (name) =>
    new Option("--state <file>", "where the progress is kept, so that a run can be taken up again").default(name),
  restart: () => new Option("--restart", "forgets the progress of an earlier run and begins anew"),
  spinToml: () => new Option("--spin-toml <file>", "Portico's manifest, for its settings"),
  env: () => new Option("--env", "settings of the environment (SPIN_VARIABLE_…), which take the place of the manifest's"),
  envFile: () => new Option("--env-file <file>", "the same from a file; where both have a value, the environment's counts"),
  token: () => new Option("--token <file>", "a token to explain, from a file, or from standard input with -"),
};

/**
 * The rate of a run, which stays within Stripe's limits.
 *
 * @param {{ rate?: number, apiBase: string, live: boolean }} options
 */
export function rateOf({ rate, apiBase, live }) {
  if (rate === undefined) return live ? RATE.live : RATE.test;
  if (rate > MOST.stripe && !isLocal(apiBase)) {
    throw new Failure(`--rate is at most ${MOST.stripe}: Stripe takes no more calls in a second`);
  }
  return rate;
}

/**
 * Reads a token, which is a secret and so never stands on a command line.
 *
 * @param {string | undefined} file
 */
export function readToken(file) {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8").trim();
  } catch {
    // The name is not shown: it may be the token itself.
    throw new Failure("the file of --token cannot be read; --token takes the name of a file, or - for standard input");
  }
}
