/** All facts that the checks look at, gathered at a time. Nothing is changed by it, at Stripe or elsewhere. */

import { judged } from "../token/given.js";
import { askPortico } from "./ask/portico.js";
import { askProvider } from "./ask/provider.js";
import { askStripe } from "./ask/stripe.js";

/** @import { Given } from "../settings/read.js" */
/** @import { ApiKey, WebhookSecret } from "../secrets.js" */

/**
 * @typedef {object} Facts
 * @property {number} now In milliseconds.
 * @property {Patient} patient
 * @property {import("./ask/stripe.js").AtStripe} stripe
 * @property {import("./ask/provider.js").AtProvider} provider
 * @property {import("./ask/portico.js").AtPortico | undefined} portico `undefined` where no address was given.
 * @property {import("../token/judge.js").Judgement | undefined} token
 */

/**
 * @typedef {object} Patient What the operator has given.
 * @property {Given} given
 * @property {ApiKey} key The operator's own.
 * @property {ApiKey} porticosKey Portico's, or the operator's where only one is given.
 * @property {WebhookSecret | undefined} webhookSecret
 * @property {string} apiBase
 * @property {string | undefined} root Where Portico's routes begin, `base_path` included.
 * @property {string[]} flows The flows that pages lead to.
 * @property {string | undefined} token
 */

/**
 * Gathers the facts.
 *
 * @param {Patient} patient
 * @returns {Promise<Facts>}
 */
export async function gather(patient) {
  const { given, root, token } = patient;
  const [stripe, provider, portico, judgement] = await Promise.all([
    askStripe(patient),
    askProvider(given.settings),
    root === undefined ? undefined : askPortico({ ...patient, root }),
    token === undefined ? undefined : judged(token, given),
  ]);
  return { now: Date.now(), patient, stripe, provider, portico, token: judgement };
}
