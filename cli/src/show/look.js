/** What Stripe has of a user or a customer. */

import { ownerOf } from "../owner.js";
import { parallel } from "../parallel.js";
import { planOf } from "../plans.js";
import { retrieve, search, subscriptionsOf } from "../stripe/customers.js";
import { isCustomerId } from "../user.js";

/** @import Stripe from "stripe" */

/**
 * @typedef {object} Seen A living customer.
 * @property {string} id
 * @property {number} created
 * @property {Stripe.Subscription[]} subscriptions
 * @property {{ user: string, by: string } | undefined} owner
 * @property {import("../plans.js").Given} given
 */

/**
 * @typedef {object} Looked
 * @property {"living" | "deleted" | "missing"} state
 * @property {Seen[]} customers Those of one user, the one that the user's record should name first.
 */

/**
 * Looks for a customer, and for the others of its user; or for the customers of a user.
 *
 * @param {Stripe} stripe
 * @param {string} subject
 * @param {{ key: string, rules: import("../plans.js").PlanRules }} options
 * @returns {Promise<Looked>}
 */
export async function look(stripe, subject, { key, rules }) {
  /** @param {string} id */
  const see = async (id) => {
    const customer = await retrieve(stripe, id);
    if (!customer || customer.deleted) return customer;
    const subscriptions = await subscriptionsOf(stripe, customer);
    const owner = ownerOf(customer, subscriptions, key);
    const given = planOf(customer, subscriptions, rules);
    return { id, created: customer.created, subscriptions, owner, given };
  };
  /** @param {string} user */
  const of = async (user) => {
    const found = await parallel(await search(stripe, key, user), ({ id }) => see(id));
    return found.filter(isSeen).filter(({ owner }) => owner?.user === user);
  };
  if (!isCustomerId(subject)) {
    const customers = (await of(subject)).sort(preferred);
    return { state: customers.length > 0 ? "living" : "missing", customers };
  }
  const seen = await see(subject);
  if (!isSeen(seen)) return { state: seen ? "deleted" : "missing", customers: [] };
  const others = seen.owner ? await of(seen.owner.user) : [];
  return { state: "living", customers: [seen, ...others.filter(({ id }) => id !== subject)].sort(preferred) };
}

/**
 * @param {Seen | Stripe.DeletedCustomer | undefined} seen
 * @returns {seen is Seen}
 */
function isSeen(seen) {
  return seen !== undefined && "given" in seen;
}

/**
 * Which of two customers of a user comes first: one with an entitled subscription, then the newest. Portico puts the
 * one that the user's record names already before the newest; only Portico knows that record.
 *
 * @param {Pick<Seen, "given" | "created">} a
 * @param {Pick<Seen, "given" | "created">} b
 */
export function preferred(a, b) {
  return Number(b.given.entitled) - Number(a.given.entitled) || b.created - a.created;
}
