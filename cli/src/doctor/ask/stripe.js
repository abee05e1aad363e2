/** What Stripe says: of the key, the portal, what is for sale, and the webhook. */

import { listOf } from "../../plans.js";
import { EVENT_TYPES } from "../../portico/event.js";
import { connect } from "../../stripe/client.js";
import { problemOf } from "../../stripe/error.js";
import { skewOf } from "./clock.js";
import { endpointsOf } from "./endpoints.js";
import { permissionsOf } from "./permissions.js";

/** @import Stripe from "stripe" */
/** @import { Problem } from "../../stripe/error.js" */

/**
 * @template T
 * @typedef {{ value: T, problem?: undefined } | { value?: undefined, problem: Problem }} Outcome
 */

/**
 * @typedef {object} AtStripe
 * @property {import("./permissions.js").Permission[]} permissions
 * @property {Problem | undefined} key What is wrong with Portico's key itself.
 * @property {Problem | undefined} version What is wrong with a call that only the version makes different.
 * @property {Outcome<Stripe.BillingPortal.Configuration | undefined>} portal `undefined` where there is none.
 * @property {Map<string, Outcome<Stripe.Price>>} prices Those for sale, by the names that callers have for them.
 * @property {Map<string, Outcome<boolean>>} matchers Whether Stripe has what a matcher of `plans` names.
 * @property {Outcome<import("./endpoints.js").Endpoint[]>} endpoints
 * @property {Outcome<Stripe.Event[]>} undelivered Events of the last days that some endpoint has not taken.
 * @property {number | undefined} skew By how many milliseconds Stripe's clock is ahead of this machine's.
 */

/** How far back undelivered events are looked for: as long as Stripe tries to deliver them. */
const DAYS = 3;

/**
 * Asks Stripe.
 *
 * @param {import("../facts.js").Patient} patient
 * @returns {Promise<AtStripe>}
 */
export async function askStripe({ given: { settings }, key, porticosKey, apiBase }) {
  const stripe = connect({ key, base: apiBase, attempts: 3 });
  const porticos = connect({ key: porticosKey, base: apiBase, attempts: 3 });
  const version = connect({ key: porticosKey, base: apiBase, attempts: 3, apiVersion: settings.stripe_api_version });
  const since = Math.floor(Date.now() / 1000) - DAYS * 86_400;
  const first = await attempt(() => porticos.customers.list({ limit: 1 }));
  if (first.problem?.status === 401 || first.problem?.status === 0) return nothing(first.problem);
  const [permissions, versioned, portal, prices, matchers, endpoints, undelivered, skew] = await Promise.all([
    permissionsOf(porticos, settings),
    attempt(() => version.customers.list({ limit: 1 })),
    attempt(() => portalOf(stripe, settings.stripe_portal_configuration)),
    pricesOf(stripe, settings.checkout_prices),
    matchersOf(stripe, settings.plans),
    attempt(() => endpointsOf(stripe)),
    attempt(() =>
      stripe.events
        .list({ delivery_success: false, types: EVENT_TYPES, created: { gte: since }, limit: 100 })
        .autoPagingToArray({ limit: 100 }),
    ),
    skewOf(apiBase),
  ]);
  const refused = versioned.problem?.status === 400 ? versioned.problem : undefined;
  return { permissions, key: undefined, version: refused, portal, prices, matchers, endpoints, undelivered, skew };
}

/**
 * Nothing is asked with a key that Stripe refuses, or of a Stripe that is not reached.
 *
 * @param {Problem} problem
 * @returns {AtStripe}
 */
function nothing(problem) {
  const [prices, matchers, skew, version] = [new Map(), new Map(), undefined, undefined];
  const unasked = { problem: { ...problem, status: -1 } };
  return { permissions: [], key: problem, version, portal: unasked, prices, matchers, endpoints: unasked, undelivered: unasked, skew };
}

/**
 * The outcome of a call.
 *
 * @template T
 * @param {() => Promise<T>} call
 * @returns {Promise<Outcome<T>>}
 */
export async function attempt(call) {
  try {
    return { value: await call() };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

/**
 * The portal's configuration: the one that is set, or else the default one.
 *
 * @param {Stripe} stripe
 * @param {string} id
 */
async function portalOf(stripe, id) {
  const products = "features.subscription_update.products";
  if (id !== "") return stripe.billingPortal.configurations.retrieve(id, { expand: [products] });
  const list = await stripe.billingPortal.configurations.list({ is_default: true, limit: 1, expand: [`data.${products}`] });
  return list.data[0];
}

/**
 * @param {Stripe} stripe
 * @param {string} setting
 */
async function pricesOf(stripe, setting) {
  const named = listOf(setting).map((item) => item.split("=").map((part) => part.trim()));
  const asked = named.map(async ([name = "", id = ""]) => {
    const price = await attempt(() => stripe.prices.retrieve(id, { expand: ["product"] }));
    return /** @type {[string, Outcome<Stripe.Price>]} */ ([name, price]);
  });
  return new Map(await Promise.all(asked));
}

/**
 * @param {Stripe} stripe
 * @param {string} setting
 */
async function matchersOf(stripe, setting) {
  const matchers = listOf(setting)
    .flatMap((item) => item.slice(item.indexOf("=") + 1).split("|"))
    .map((matcher) => matcher.trim())
    .filter((matcher) => matcher !== "" && matcher !== "*");
  const asked = matchers.map(async (matcher) => {
    const there = await attempt(async () => {
      if (matcher.startsWith("prod_")) return Boolean(await stripe.products.retrieve(matcher));
      if (matcher.startsWith("price_")) return Boolean(await stripe.prices.retrieve(matcher));
      const found = await stripe.prices.list({ lookup_keys: [matcher], limit: 1 });
      return found.data.length > 0;
    });
    return /** @type {[string, Outcome<boolean>]} */ ([matcher, there]);
  });
  return new Map(await Promise.all(asked));
}
