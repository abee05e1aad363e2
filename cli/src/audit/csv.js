/** The files of an audit. */

import { line, records } from "../csv.js";
import { Failure } from "../failure.js";
import { readFile } from "../files.js";
import { isCustomerId } from "../user.js";

/** @import { Progress } from "../sweep/progress.js" */

/** @typedef {Map<string, { user: string, plan: string }>} Earlier What an audit has said of each customer. */

const HEADER = ["customer", "outcome", "user", "plan", "pays"];

/**
 * A line for each customer. The user stands as in Portico's log: a digest.
 *
 * @param {Progress} progress
 */
export function csv(progress) {
  const rows = [...progress.rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const lines = rows.map(({ id, outcome, user, plan, pays }) => line([id, outcome, user, plan, pays ? "yes" : "no"]));
  return line(HEADER) + lines.join("");
}

/**
 * Reads the file of an earlier audit.
 *
 * @param {string} path
 * @returns {Earlier}
 */
export function readCsv(path) {
  const [header, ...rows] = records(readFile(path));
  if (header?.fields.join() !== HEADER.join()) throw new Failure(`${path} is not the CSV of an audit`);
  return new Map(rows.map(({ fields: [id = "", , user = "", plan = ""] }) => [id, { user, plan }]));
}

/**
 * Reads the identifiers of customers: one a line, or the column `customer` of a CSV file with a header.
 *
 * @param {string} path
 */
export function readCustomers(path) {
  const all = records(readFile(path));
  const column = all[0]?.fields.map((field) => field.trim().toLowerCase()).indexOf("customer") ?? -1;
  const ids = (column < 0 ? all : all.slice(1)).map(({ number, fields }) => {
    const id = fields[Math.max(column, 0)]?.trim();
    if (!isCustomerId(id)) throw new Failure(`${path}: line ${number}: there is no identifier of the form cus_…`);
    return id;
  });
  return [...new Set(ids)];
}
