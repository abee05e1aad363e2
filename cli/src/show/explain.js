/** What `portico show` says. */

import { digest, isCustomerId, shown } from "../user.js";

/** @import { Looked, Seen } from "./look.js" */
/** @import { Gate } from "../portico/gate.js" */
/** @import { Judgement } from "../token/judge.js" */

/**
 * @typedef {object} Explained
 * @property {string} subject
 * @property {Looked} seen
 * @property {string} key
 * @property {boolean} live
 * @property {Judgement | undefined} judgement
 * @property {Gate | undefined} gate
 */

/**
 * The lines for standard output.
 *
 * @param {Explained} explained
 */
export function explain({ subject, seen, key, live, judgement, gate }) {
  const mode = live ? "live" : "test";
  const [chosen] = seen.customers;
  const lines = chosen ? [] : [nobody(subject, seen.state, key, mode)];
  for (const customer of seen.customers) lines.push(...about(customer, mode), "");
  if (chosen) lines.push(...recordOf(chosen, seen.customers, live, key));
  if (judgement) lines.push("", ...tokenOf(judgement, subject, chosen, gate));
  return `${lines.join("\n")}\n`;
}

/**
 * @param {string} subject
 * @param {Looked["state"]} state
 * @param {string} key
 * @param {string} mode
 */
function nobody(subject, state, key, mode) {
  if (!isCustomerId(subject)) {
    return `Stripe's search finds no customer with metadata[${key}] ${shown(subject)} in ${mode} mode. It lags behind by up to a minute, and does not look at subscriptions.`;
  }
  return state === "deleted"
    ? `${subject} was deleted at Stripe: it is nobody's, and Portico removes its record.`
    : `Stripe has no ${subject} in the account and the mode (${mode}) of STRIPE_API_KEY.`;
}

/**
 * @param {Seen} customer
 * @param {string} mode
 */
function about({ id, created, owner, subscriptions, given }, mode) {
  const since = new Date(created * 1000).toISOString().slice(0, 10);
  const lines = [
    `customer      ${id} (${mode} mode, since ${since})`,
    owner
      ? `user          ${shown(owner.user)}, by ${owner.by}`
      : "user          nothing at Stripe names one; Portico may know the user from a checkout",
  ];
  for (const subscription of subscriptions) {
    const prices = subscription.items.data.map(({ price }) => {
      const product = typeof price.product === "string" ? price.product : price.product.id;
      return `${price.id} of ${product}${price.lookup_key ? `, lookup key ${price.lookup_key}` : ""}`;
    });
    lines.push(`subscription  ${subscription.id} is ${subscription.status}: ${prices.join("; ")}`);
  }
  return [...lines, `plan          ${given.plan}: ${given.rule}`];
}

/**
 * What a synchronisation writes.
 *
 * @param {Seen} chosen
 * @param {Seen[]} customers
 * @param {boolean} live
 * @param {string} key
 */
function recordOf(chosen, customers, live, key) {
  if (!chosen.owner) {
    return [`No record comes of it: an event of ${chosen.id} is \`unlinked\`. Write metadata[${key}] on the customer.`];
  }
  const { user } = chosen.owner;
  const record = JSON.stringify({ stripe_customer_id: chosen.id, plan: chosen.given.plan, livemode: live });
  const lines = [`A synchronisation gives the user (${digest(user)} in the log) the record ${record}.`];
  if (customers.length > 1) {
    const why = chosen.given.entitled
      ? "it has an entitled subscription"
      : "it is the newest; if the record names another of them already, that stays";
    lines.push(`Of the user's ${customers.length} customers ${chosen.id} counts: ${why}.`);
  }
  const paying = customers.filter(({ given }) => given.entitled).map(({ id }) => id);
  if (paying.length > 1) lines.push(`Several of them pay: ${paying.join(", ")}. The user sees one of them alone.`);
  return lines;
}

/**
 * Why the token's user would or would not see the customer.
 *
 * @param {Judgement} judgement
 * @param {string} subject
 * @param {Seen | undefined} chosen
 * @param {Gate | undefined} gate
 */
function tokenOf({ verdicts, user, accepted, mayManage }, subject, chosen, gate) {
  const lines = verdicts.map(({ part, good, text }) => `${good ? "good" : "BAD "}  ${part.padEnd(9)} ${text}`);
  const owner = chosen?.owner?.user;
  const what = isCustomerId(subject) ? subject : "this user's customer";
  if (!accepted) lines.push(`The token's user does not see ${what}: Portico answers 401, for what is BAD above.`);
  else if (user !== owner) {
    lines.push(`The token's user does not see ${what}: the token names ${shown(user ?? "")}, and Stripe ${owner ? shown(owner) : "nobody"}.`);
  } else if (!mayManage) lines.push(`The token's user may not manage ${what}: Portico answers 403, for the role.`);
  else lines.push(`The token's user sees ${what}, if the record is current.`);
  if (gate && "refused" in gate) lines.push(`Portico refuses the token now: ${gate.refused}.`);
  else if (gate) lines.push(...compare(gate, chosen));
  return lines;
}

/**
 * @param {{ plan: string, portalAvailable: boolean }} gate
 * @param {Seen | undefined} chosen
 */
function compare({ plan, portalAvailable }, chosen) {
  const lines = [`Portico answers now: plan ${plan}, the portal is ${portalAvailable ? "" : "not "}available.`];
  const expected = chosen?.given.plan ?? "free";
  if (plan !== expected || portalAvailable !== (chosen !== undefined)) {
    lines.push(`That is not what Stripe gives (plan ${expected}): \`portico audit\` rings for the customer.`);
  }
  return lines;
}
