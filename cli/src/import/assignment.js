/** The first pass of an import: the users of `--map`, into the metadata of their customers at Stripe. */

import { Failure } from "../failure.js";
import { readFile } from "../files.js";
import { parallel } from "../parallel.js";
import { retrieve, setMetadata } from "../stripe/customers.js";
import { parseMap } from "./map.js";

/** @import Stripe from "stripe" */
/** @import { BadLine, Line } from "./map.js" */

/** How many lines are written between two words about it. */
const STRIDE = 100;

/**
 * Reads a map, compares all of it with Stripe, and returns the lines that change something there. Nothing has been
 * written when this fails.
 *
 * @param {Stripe} stripe
 * @param {{ map: string, key: string, overwrite: boolean, tell: (text: string) => void }} options
 */
export async function check(stripe, { map, key, overwrite, tell }) {
  const { lines, bad } = parseMap(readFile(map));
  if (bad.length > 0) refuse(map, bad, tell);
  const verdicts = await parallel(lines, async (line) => {
    const customer = await retrieve(stripe, line.customer);
    return judge(line, customer?.deleted ? undefined : customer, key, overwrite);
  });
  const wrong = lines.flatMap(({ number }, index) => {
    const { reason } = verdicts[index] ?? {};
    return reason ? [{ number, reason }] : [];
  });
  if (wrong.length > 0) refuse(map, wrong, tell);
  const due = lines.filter((_, index) => verdicts[index]?.write);
  tell(`${map}: ${due.length} to write, ${lines.length - due.length} written already`);
  return due;
}

/**
 * Writes lines. Those that were written when this fails are found written the next time.
 *
 * @param {Stripe} stripe
 * @param {readonly Line[]} lines
 * @param {{ key: string, tell: (text: string) => void }} options
 */
export async function write(stripe, lines, { key, tell }) {
  for (let begin = 0; begin < lines.length; begin += STRIDE) {
    const some = lines.slice(begin, begin + STRIDE);
    await parallel(some, ({ customer, user }) => setMetadata(stripe, customer, { [key]: user }));
    tell(`${begin + some.length} of ${lines.length} users written`);
  }
}

/**
 * How to treat a line: write it, leave it, or refuse it for a reason.
 *
 * @param {Line} line
 * @param {Pick<Stripe.Customer, "metadata"> | undefined} customer
 * @param {string} key
 * @param {boolean} overwrite
 * @returns {{ write?: boolean, reason?: string }}
 */
export function judge(line, customer, key, overwrite) {
  if (!customer) return { reason: `Stripe has no customer ${line.customer}` };
  const present = customer.metadata?.[key] ?? "";
  if (present === line.user) return { write: false };
  if (present !== "" && !overwrite) {
    // The other user's name is not shown: it can be an e-mail address.
    return { reason: `${line.customer} is another user's at Stripe; \`--overwrite\` replaces that` };
  }
  return { write: true };
}

/**
 * @param {string} map
 * @param {readonly BadLine[]} bad
 * @param {(text: string) => void} tell
 * @returns {never}
 */
function refuse(map, bad, tell) {
  for (const { number, reason } of bad) tell(`${map}: line ${number}: ${reason}`);
  throw new Failure(`${map} has ${bad.length} bad ${bad.length === 1 ? "line" : "lines"}, so nothing was written`);
}
