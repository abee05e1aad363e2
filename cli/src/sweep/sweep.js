/** A run over all customers: page by page, and then those that are due once more. */

import { Failure } from "../failure.js";
import { parallel } from "../parallel.js";
import { page, retrieve } from "../stripe/customers.js";

/** @import Stripe from "stripe" */
/** @import { Row } from "./progress.js" */

/** A page on which so many customers failed, and no other did not, says that Portico is down. */
const DOWN = 20;

/** How many customers are due once more at a time. */
const CHUNK = 100;

/**
 * @typedef {object} Visits
 * @property {(customer: Stripe.Customer) => Promise<Row>} living
 * @property {(id: string, deleted: boolean) => Promise<Row>} gone What to do with a customer that Stripe has no more.
 * @property {(text: string) => void} tell
 */

/**
 * Visits all customers that the journal does not have yet.
 *
 * @param {Stripe} stripe
 * @param {import("./progress.js").Journal} journal
 * @param {Visits} visits
 */
export async function sweep(stripe, journal, visits) {
  const { progress } = journal;
  while (!progress.listed) {
    const { data, has_more } = await page(stripe, progress.after);
    const rows = await parallel(data, visits.living);
    if (rows.length >= DOWN && rows.every(({ outcome }) => outcome === "failed")) {
      throw new Failure(
        `Portico failed for all ${rows.length} customers of a page, so the run stops here; the same command takes it up again`,
      );
    }
    const last = data.at(-1);
    journal.add({ rows, listed: !has_more || !last, ...(last && { after: last.id }) });
    visits.tell(counted(progress));
  }
  const due = [...progress.again];
  for (let begin = 0; begin < due.length; begin += CHUNK) {
    const rows = await parallel(due.slice(begin, begin + CHUNK), async (id) => {
      const customer = await retrieve(stripe, id);
      return customer && !customer.deleted ? visits.living(customer) : visits.gone(id, customer !== undefined);
    });
    journal.add({ rows });
    visits.tell(counted(progress));
  }
}

/**
 * How far it is.
 *
 * @param {import("./progress.js").Progress} progress
 */
function counted(progress) {
  const counts = /** @type {const} */ (["synced", "changed", "unlinked", "conflict", "failed"])
    .map((outcome) => ({ outcome, count: progress.with(outcome).length }))
    .filter(({ outcome, count }) => count > 0 || ["synced", "unlinked", "failed"].includes(outcome))
    .map(({ outcome, count }) => `${count} ${outcome}`);
  return `${progress.rows.size} customers: ${counts.join(", ")}`;
}
