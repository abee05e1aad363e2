/** The calls about customers and their subscriptions. */

import { Failure } from "../failure.js";
import { failureOf, isMissing, problemOf } from "./error.js";

/** @import Stripe from "stripe" */

/** How many customers a page has: the most that Stripe gives. */
const PAGE = 100;

/** How many subscriptions of a customer Portico reads. */
const MOST_SUBSCRIPTIONS = 500;

/** More items than a subscription can have. */
const MOST_ITEMS = 100;

/**
 * The page behind a customer, or the first one, with subscriptions; the newest customers come first.
 *
 * @param {Stripe} stripe
 * @param {string | undefined} after
 */
export async function page(stripe, after) {
  const place = after === undefined ? {} : { starting_after: after };
  try {
    return await stripe.customers.list({ limit: PAGE, expand: ["data.subscriptions"], ...place });
  } catch (error) {
    const problem = problemOf(error);
    if (after !== undefined && problem.code === "resource_missing") {
      throw new Failure(
        "Stripe does not know the customer at which this run stopped: was it made with a key of another account? `--restart` begins anew",
      );
    }
    throw failureOf(problem, "the list of customers");
  }
}

/**
 * A customer with its subscriptions, or what is left of a deleted one; `undefined` where Stripe knows none.
 *
 * @param {Stripe} stripe
 * @param {string} id
 * @returns {Promise<Stripe.Customer | Stripe.DeletedCustomer | undefined>}
 */
export async function retrieve(stripe, id) {
  try {
    return await stripe.customers.retrieve(id, { expand: ["subscriptions"] });
  } catch (error) {
    const problem = problemOf(error);
    if (isMissing(problem)) return undefined;
    throw failureOf(problem, id);
  }
}

/**
 * The subscriptions of a customer that are not over, as many as Portico reads, with all of their items. Stripe sends
 * the first ten of each along with what has them.
 *
 * @param {Stripe} stripe
 * @param {Stripe.Customer} customer
 * @returns {Promise<Stripe.Subscription[]>}
 */
export async function subscriptionsOf(stripe, customer) {
  try {
    const first = customer.subscriptions;
    const list = () => stripe.subscriptions.list({ customer: customer.id, limit: 100 });
    const subscriptions = first?.has_more
      ? await list().autoPagingToArray({ limit: MOST_SUBSCRIPTIONS })
      : (first?.data ?? []);
    for (const { id, items } of subscriptions) {
      if (!items.has_more) continue;
      const more = stripe.subscriptionItems.list({ subscription: id, limit: 100 });
      items.data = await more.autoPagingToArray({ limit: MOST_ITEMS });
    }
    return subscriptions;
  } catch (error) {
    throw failureOf(problemOf(error), customer.id);
  }
}

/**
 * Writes one entry of a customer's metadata, and leaves the others. All attempts have one idempotency key, which
 * Stripe's package makes.
 *
 * @param {Stripe} stripe
 * @param {string} id
 * @param {Record<string, string>} metadata
 */
export async function setMetadata(stripe, id, metadata) {
  try {
    await stripe.customers.update(id, { metadata });
  } catch (error) {
    throw failureOf(problemOf(error), id);
  }
}

/**
 * The living customers whose metadata names a user to the byte, the oldest first. Stripe's search knows what was true
 * some moments ago, and does not tell upper case from lower case.
 *
 * @param {Stripe} stripe
 * @param {string} key
 * @param {string} user
 */
export async function search(stripe, key, user) {
  /** @param {string} text */
  const escaped = (text) => text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  const query = `metadata['${escaped(key)}']:'${escaped(user)}'`;
  try {
    const found = await stripe.customers.search({ query, limit: 100 });
    return found.data
      .filter((customer) => !customer.deleted && customer.metadata?.[key] === user)
      .sort((a, b) => a.created - b.created);
  } catch (error) {
    throw failureOf(problemOf(error), "the search for a user's customers");
  }
}
