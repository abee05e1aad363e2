/** The report at the end of an import, for standard output. */

/** @import { Progress, Row } from "../sweep/progress.js" */

/**
 * The counts, and the identifiers of the customers that somebody has to look after.
 *
 * @param {Progress} progress
 * @param {{ dryRun: boolean }} options
 */
export function report(progress, { dryRun }) {
  const ids = /** @param {Row["outcome"]} outcome */ (outcome) =>
    progress.with(outcome).map(({ id }) => id).sort();
  const lists = { unlinked: ids("unlinked"), conflict: ids("conflict"), failed: ids("failed") };
  const shown = Object.entries(lists).filter(([name, list]) => name !== "conflict" || list.length > 0);
  const text = dryRun ? ["dry run: nothing was written, and Portico was not called"] : [];
  text.push(`synced: ${ids("synced").length}`, ...shown.map(([name, list]) => `${name}: ${list.length}`));
  for (const [name, list] of shown) {
    if (list.length > 0) text.push("", `${name} customers:`, ...list);
  }
  const several = dryRun ? [...byUser(progress)].filter(([, customers]) => customers.length > 1) : [];
  if (several.length > 0) {
    const lines = several.map(([user, customers]) => `${user}: ${customers.sort().join(", ")}`).sort();
    text.push("", "users with several customers:", ...lines);
  }
  return `${text.join("\n")}\n`;
}

/**
 * The customers of each user whom Stripe names, by the user's digest.
 *
 * @param {Progress} progress
 */
function byUser(progress) {
  /** @type {Map<string, string[]>} */
  const customers = new Map();
  for (const { id, user } of progress.rows.values()) {
    if (user) customers.set(user, [...(customers.get(user) ?? []), id]);
  }
  return customers;
}
