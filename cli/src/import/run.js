/** An import: the users of the map, then all customers. */

import { ownerOf } from "../owner.js";
import { subscriptionsOf } from "../stripe/customers.js";
import { Journal } from "../sweep/progress.js";
import { sweep } from "../sweep/sweep.js";
import { digest } from "../user.js";
import * as assignment from "./assignment.js";

/** @import Stripe from "stripe" */

/**
 * @typedef {object} Import
 * @property {Stripe} stripe
 * @property {import("../portico/doorbell.js").Doorbell | undefined} doorbell None where nobody is rung for.
 * @property {Journal} journal
 * @property {string} key The metadata key that names the user.
 * @property {string | undefined} map
 * @property {boolean} overwrite
 * @property {boolean} dryRun
 * @property {(text: string) => void} tell
 */

/**
 * Runs an import to its end.
 *
 * @param {Import} run
 */
export async function runImport(run) {
  const { stripe, journal, map, key, tell } = run;
  if (map !== undefined) {
    const lines = await assignment.check(stripe, { map, key, overwrite: run.overwrite, tell });
    if (!run.dryRun) {
      const { after, listed } = journal.progress;
      // Their pages may be done.
      if (after !== undefined || listed) journal.add({ again: lines.map(({ customer }) => customer) });
      await assignment.write(stripe, lines, { key, tell });
    }
  }
  await sweep(stripe, journal, {
    living: (customer) => visit(customer, run),
    gone: async (id) => ({ id, outcome: "deleted" }),
    tell,
  });
  if (journal.progress.with("failed").length === 0) journal.forget();
  else if (!run.dryRun) tell("the same command tries the failed customers again");
}

/**
 * Rings for a customer. Portico, which may know the user by itself, is rung also where nothing at Stripe names one.
 *
 * @param {Stripe.Customer} customer
 * @param {Import} run
 * @returns {Promise<import("../sweep/progress.js").Row>}
 */
async function visit(customer, { stripe, doorbell, key, tell }) {
  const { id } = customer;
  const rung = await doorbell?.ring(id);
  if (rung?.reason) tell(`${id}: ${rung.reason}`);
  if (rung && rung.outcome !== "received") return { id, outcome: rung.outcome };
  // Portico has not said, so this says what Stripe has.
  const first = customer.subscriptions?.data ?? [];
  const named = ownerOf(customer, first, key) ?? ownerOf(customer, await subscriptionsOf(stripe, customer), key);
  return named ? { id, outcome: "synced", user: digest(named.user) } : { id, outcome: "unlinked" };
}
