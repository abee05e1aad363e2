/** The secrets, which come from the environment alone and are never printed. */

import { inspect } from "node:util";

import { Failure } from "./failure.js";

/** Printable ASCII without blanks and commas. */
const WORD = /^[!-+\--~]+$/;

/** A secret that shows nothing of itself when it is printed. */
export class Secret {
  #text;

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
  }

  /** The secret itself, for the call that needs it. */
  expose() {
    return this.#text;
  }

  toString() {
    return "(secret)";
  }

  toJSON() {
    return "(secret)";
  }

  [inspect.custom]() {
    return "(secret)";
  }
}

/** A key of Stripe's API: `sk_` or `rk_`, the mode, and the rest. */
export class ApiKey extends Secret {
  /** @param {string} text */
  constructor(text) {
    super(text.trim());
    const [, kind, mode, rest] = /^(sk|rk)_(live|test)_(.*)$/s.exec(text.trim()) ?? [];
    if (rest === undefined || !WORD.test(rest)) {
      throw new Error("it must be a key of the form sk_live_…, rk_live_…, sk_test_… or rk_test_…");
    }
    /** Whether the key is for real payments. */
    this.live = mode === "live";
    /** Whether the key has only the permissions that it was given. */
    this.restricted = kind === "rk";
  }
}

/** The secret by which events are signed: one, and not a list. */
export class WebhookSecret extends Secret {
  /** @param {string} text */
  constructor(text) {
    super(text.trim());
    const rest = /^whsec_(.*)$/s.exec(text.trim())?.[1];
    if (rest === undefined || !WORD.test(rest)) {
      throw new Error("it must be one signing secret of the form whsec_…");
    }
  }
}

/**
 * Reads a secret of the environment. `undefined` where it is not set.
 *
 * @template T
 * @param {NodeJS.ProcessEnv} env
 * @param {string} name
 * @param {new (text: string) => T} Kind
 * @returns {T | undefined}
 */
export function secretOf(env, name, Kind) {
  const text = env[name];
  if (text === undefined) return undefined;
  try {
    return new Kind(text);
  } catch (error) {
    throw new Failure(`${name}: ${error instanceof Error ? error.message : "it is wrong"}`);
  }
}

/**
 * Reads a secret of the environment that has to be there.
 *
 * @template T
 * @param {NodeJS.ProcessEnv} env
 * @param {string} name
 * @param {new (text: string) => T} Kind
 * @returns {T}
 */
export function requiredSecret(env, name, Kind) {
  const secret = secretOf(env, name, Kind);
  if (secret === undefined) throw new Failure(`${name} is not set`);
  return secret;
}
