/** What Portico says, as a browser, Stripe and a probe would ask it. */

import { exchange, isAnswer } from "../../http.js";
import { WEBHOOK, ping, signature } from "../../portico/event.js";
import { GATE } from "../../portico/gate.js";
import { ahead } from "./clock.js";

/** @import { Answer, Lost } from "../../http.js" */

/**
 * @typedef {object} AtPortico
 * @property {Answer | Lost} readiness
 * @property {Answer | Lost} gate Asked from the frontend's origin, without a token.
 * @property {Answer | Lost} preflight
 * @property {string} origin The frontend's, from which these are asked.
 * @property {Answer | Lost | undefined} bell The answer to an event that concerns nobody; `undefined` without a secret.
 * @property {number | undefined} skew By how many milliseconds its clock is ahead of this machine's.
 */

const PORTAL = "/api/v1/account/billing-portal";

/** How long an answer may take. */
const TIMEOUT = 15_000;

/**
 * Asks Portico.
 *
 * @param {import("../facts.js").Patient & { root: string }} patient
 * @returns {Promise<AtPortico>}
 */
export async function askPortico({ root, given: { settings }, key, webhookSecret }) {
  const origin = URL.canParse(settings.frontend_url) ? new URL(settings.frontend_url).origin : "";
  const preflight = {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
  };
  const readiness = await exchange(`${root}/readyz`, { timeout: TIMEOUT });
  const skew = isAnswer(readiness) ? ahead(readiness.headers.date) : undefined;
  const body = ping(key.live);
  const headers = webhookSecret && {
    "content-type": "application/json",
    "stripe-signature": signature(body, webhookSecret, Math.floor(Date.now() / 1000)),
  };
  const [gate, preflighted, bell] = await Promise.all([
    exchange(root + GATE, { headers: { origin }, timeout: TIMEOUT }),
    exchange(root + PORTAL, { method: "OPTIONS", headers: preflight, timeout: TIMEOUT }),
    headers && exchange(root + WEBHOOK, { method: "POST", headers, body, timeout: TIMEOUT }),
  ]);
  return { readiness, gate, preflight: preflighted, origin, bell, skew };
}

/**
 * Whether an answer is Portico's: its own JSON with the identifier of the request.
 *
 * @param {Answer | Lost} answer
 */
export function isPorticos(answer) {
  return isAnswer(answer) && answer.headers["x-request-id"] !== undefined && typeof answer.json === "object";
}

/**
 * Whether the gate's answer says that Portico's routes are there.
 *
 * @param {Answer | Lost} gate
 */
export function isThere(gate) {
  return isAnswer(gate) && isPorticos(gate) && gate.status !== 404;
}
