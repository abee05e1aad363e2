/** The file that says which user each customer is: CSV (RFC 4180) with the columns `user` and `customer`. */

import { isCustomerId, isUser } from "../user.js";
import { records } from "../csv.js";

/** @typedef {{ number: number, user: string, customer: string }} Line A line; its number is counted from 1. */
/** @typedef {{ number: number, reason: string }} BadLine A line that nothing can be done with. */

/**
 * Reads the file. All bad lines are found at a time.
 *
 * @param {Uint8Array} bytes
 * @returns {{ lines: Line[], bad: BadLine[] }}
 */
export function parseMap(bytes) {
  /** @type {Line[]} */
  const lines = [];
  /** @type {BadLine[]} */
  const bad = [];
  const seen = new Map();
  const all = records(bytes);
  const order = columns(all[0]?.fields);
  for (const { number, fields, open } of order ? all.slice(1) : all) {
    const read = open ? "a quotation mark is not closed" : readLine(fields, order ?? ["user", "customer"]);
    if (typeof read === "string") {
      bad.push({ number, reason: read });
      continue;
    }
    const earlier = seen.get(read.customer);
    if (earlier) bad.push({ number, reason: `${read.customer} is on line ${earlier} already` });
    seen.set(read.customer, number);
    lines.push({ number, ...read });
  }
  return { lines, bad };
}

/**
 * The order of the columns, if the first record is a header.
 *
 * @param {string[] | undefined} fields
 */
function columns(fields) {
  const names = fields?.map((field) => field.trim().toLowerCase());
  return names && ["user,customer", "customer,user"].includes(names.join()) ? names : undefined;
}

/**
 * Reads a line, or says what is wrong with it.
 *
 * @param {string[]} fields
 * @param {string[]} order
 */
function readLine(fields, order) {
  if (fields.length !== 2) return "there must be two fields, user and customer";
  const user = fields[order.indexOf("user")] ?? "";
  const customer = (fields[order.indexOf("customer")] ?? "").trim();
  if (fields.some((field) => field.includes("\uFFFD"))) return "it is not UTF-8";
  if (user.trim() !== user) return "the user begins or ends with a blank";
  if (!isUser(user)) return "a user has 1 to 255 bytes and no control characters";
  if (!isCustomerId(customer)) return "the customer is no identifier of the form cus_…";
  return { user, customer };
}
