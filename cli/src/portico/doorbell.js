/** Portico's webhook, rung for one customer after another. */

import { setTimeout as sleep } from "node:timers/promises";

import { Failure } from "../failure.js";
import { exchange, isAnswer, told } from "../http.js";
import { WEBHOOK, customerUpdated, signature } from "./event.js";
import { pause } from "./retry.js";

/**
 * @typedef {object} Rung The result of ringing.
 * @property {"synced" | "conflict" | "unlinked" | "received" | "failed"} outcome Portico's own word; `received` where it
 *   says none, and `failed` where it could not be told.
 * @property {string} [reason] How it failed.
 */

/** A running Portico. */
export class Doorbell {
  #options;

  /**
   * @param {object} options
   * @param {string} options.portico
   * @param {import("../secrets.js").WebhookSecret} options.secret
   * @param {boolean} options.live The mode of the key.
   * @param {import("../pace.js").Pace} options.pace
   * @param {number} options.attempts
   */
  constructor(options) {
    this.#options = options;
  }

  /**
   * Rings for a customer. Throws where ringing for another one would come to the same: the secret, the mode or the
   * address is wrong.
   *
   * @param {string} customer
   * @returns {Promise<Rung>}
   */
  async ring(customer) {
    const { portico, secret, live, pace, attempts } = this.#options;
    const body = customerUpdated(customer, live);
    for (let attempt = 1; ; attempt += 1) {
      await pace.wait();
      // Each attempt is signed anew: Portico takes no signature that is older than five minutes.
      const headers = {
        "content-type": "application/json",
        "stripe-signature": signature(body, secret, Math.floor(Date.now() / 1000)),
      };
      const outcome = await exchange(portico + WEBHOOK, { method: "POST", headers, body });
      const answer = isAnswer(outcome) ? outcome : undefined;
      const retryAfter = answer?.headers["retry-after"];
      const again = pause(answer && { status: answer.status, retryAfter }, attempt);
      if (again === undefined || attempt >= attempts) {
        return isAnswer(outcome)
          ? judge(outcome)
          : { outcome: "failed", reason: `Portico is not reached: ${outcome.lost}` };
      }
      if (answer?.status === 429) pace.hold(again);
      else await sleep(again);
    }
  }
}

/**
 * Reads the last answer.
 *
 * @param {Pick<import("../http.js").Answer, "status" | "json" | "headers">} answer
 * @returns {Rung}
 */
export function judge({ status, json, headers }) {
  const error = json?.error;
  const words = told(status, error, headers["x-request-id"]);
  if (status === 200 && json?.received === true) return received(json.outcome);
  if (status === 429 || status === 409 || status >= 500) {
    return { outcome: "failed", reason: `Portico answered ${words}` };
  }
  if (status === 400 && error === "invalid_signature") {
    throw new Failure(
      "Portico answered 400 invalid_signature: STRIPE_WEBHOOK_SECRET is none of its `stripe_webhook_secrets`, or a clock is wrong by more than five minutes",
    );
  }
  if (status === 404 && error === "not_found") {
    throw new Failure(
      "Portico answered 404 not_found: it has no webhook while `stripe_webhook_secrets` is empty, and none here where `base_path` is set and missing in `--portico`",
    );
  }
  throw new Failure(`\`--portico\` answered ${words}, as Portico does not: is the address right?`);
}

/**
 * @param {unknown} outcome
 * @returns {Rung}
 */
function received(outcome) {
  switch (outcome) {
    case undefined:
      return { outcome: "received" };
    case "synced":
    case "conflict":
    case "unlinked":
      return { outcome };
    case "ignored_mode":
      throw new Failure(
        "Portico ignores events of this mode: STRIPE_API_KEY is of the other mode (test or live) than its `stripe_api_key`",
      );
    default:
      throw new Failure(`\`--portico\` answered the outcome ${told(200, outcome)}, which no event of a customer has`);
  }
}
