/** An audit: the import run again, with what Stripe gives each customer beside what Portico answers. */

import { Failure } from "../failure.js";
import { ownerOf } from "../owner.js";
import { planOf } from "../plans.js";
import { subscriptionsOf } from "../stripe/customers.js";
import { sweep } from "../sweep/sweep.js";
import { digest } from "../user.js";

/** @import Stripe from "stripe" */
/** @import { Row } from "../sweep/progress.js" */

/**
 * @typedef {object} Audit
 * @property {Stripe} stripe
 * @property {import("../portico/doorbell.js").Doorbell} doorbell
 * @property {import("../sweep/progress.js").Journal} journal
 * @property {string} key The metadata key that names the user.
 * @property {import("../plans.js").PlanRules} rules
 * @property {string[] | undefined} customers Only these, if any are named.
 * @property {import("./csv.js").Earlier | undefined} since What an earlier audit has said.
 * @property {(text: string) => void} tell
 */

/**
 * Runs an audit to its end.
 *
 * @param {Audit} audit
 */
export async function runAudit(audit) {
  const { stripe, journal, customers, tell } = audit;
  if (customers && !journal.progress.listed) journal.add({ listed: true, again: customers });
  await sweep(stripe, journal, {
    living: (customer) => visit(customer, audit),
    gone: (id, deleted) => visitGone(id, deleted, audit),
    tell,
  });
  if (journal.progress.with("failed").length === 0) journal.forget();
  else tell("the same command tries the failed customers again");
}

/**
 * @param {Stripe.Customer} customer
 * @param {Audit} audit
 * @returns {Promise<Row>}
 */
async function visit(customer, audit) {
  const subscriptions = await subscriptionsOf(audit.stripe, customer);
  const owner = ownerOf(customer, subscriptions, audit.key);
  const { plan, entitled: pays } = planOf(customer, subscriptions, audit.rules);
  const row = { id: customer.id, user: owner ? digest(owner.user) : null, plan, pays };
  const outcome = await ring(customer.id, audit);
  return { ...row, outcome: outcome === "synced" ? compared(row, audit.since) : outcome };
}

/**
 * A customer that was deleted is rung for as well, so that its record goes.
 *
 * @param {string} id
 * @param {boolean} deleted
 * @param {Audit} audit
 * @returns {Promise<Row>}
 */
async function visitGone(id, deleted, audit) {
  if (!deleted) {
    audit.tell(`${id}: Stripe has no such customer in the account and the mode of the key`);
    return { id, outcome: "failed" };
  }
  return { id, outcome: await ring(id, audit), user: null, plan: "", pays: false };
}

/**
 * @param {string} id
 * @param {Audit} audit
 */
async function ring(id, { doorbell, tell }) {
  const { outcome, reason } = await doorbell.ring(id);
  if (outcome === "received") {
    throw new Failure("this Portico does not say the outcome of an event in its answer, which an audit needs");
  }
  if (reason) tell(`${id}: ${reason}`);
  return outcome;
}

/**
 * Whether a customer that is in order was otherwise in an earlier audit.
 *
 * @param {{ id: string, user: string | null, plan: string }} row
 * @param {import("./csv.js").Earlier | undefined} since
 */
export function compared({ id, user, plan }, since) {
  if (!since) return "synced";
  const earlier = since.get(id);
  return earlier?.user === (user ?? "") && earlier.plan === plan ? "synced" : "changed";
}
