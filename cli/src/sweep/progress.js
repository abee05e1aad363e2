/**
 * How far a run over all customers has come: a file of JSON lines, the first of which says which run it is. Each page
 * adds one line, so the next run can go on behind the last whole one.
 */

import { closeSync, fdatasyncSync, existsSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from "node:fs";

import { Failure } from "../failure.js";
import { parsed } from "../http.js";

/**
 * @typedef {object} Row What came of one customer. It has identifiers, and nothing else of the customer.
 * @property {string} id
 * @property {"synced" | "changed" | "unlinked" | "conflict" | "failed" | "deleted"} outcome
 * @property {string | null} [user] The digest of the user whom Stripe names.
 * @property {string} [plan]
 * @property {boolean} [pays]
 */

/**
 * @typedef {object} Entry One line of the file.
 * @property {Row[]} [rows]
 * @property {string} [after] The last customer of the last page that is done.
 * @property {boolean} [listed] Whether that page was the last one.
 * @property {string[]} [again] Customers that are due once more.
 */

/** Where a run stands. */
export class Progress {
  /** @type {string | undefined} */
  after;
  listed = false;
  /** The customers that are due once more, when all pages are done. */
  again = /** @type {Set<string>} */ (new Set());
  rows = /** @type {Map<string, Row>} */ (new Map());

  /**
   * Takes a line of the file in. A customer that comes again is counted once.
   *
   * @param {Entry} entry
   */
  add({ rows = [], after, listed, again = [] }) {
    for (const row of rows) {
      this.again.delete(row.id);
      if (row.outcome === "deleted") this.rows.delete(row.id);
      else this.rows.set(row.id, row);
    }
    for (const id of again) this.again.add(id);
    this.after = after ?? this.after;
    this.listed = listed ?? this.listed;
  }

  /** @param {Row["outcome"]} outcome */
  with(outcome) {
    return [...this.rows.values()].filter((row) => row.outcome === outcome);
  }
}

/** The file of a run, or none, where nothing is kept. */
export class Journal {
  #path;
  #run;
  progress = new Progress();

  /**
   * Opens the file of a run, with what an earlier run has left in it. Customers that failed then are due once more.
   *
   * @param {string | undefined} path
   * @param {Record<string, unknown>} run What two runs have in common, if one goes on with the other.
   * @param {{ restart?: boolean | undefined }} [options]
   */
  constructor(path, run, { restart = false } = {}) {
    this.#path = path;
    this.#run = JSON.stringify(run);
    if (path === undefined) return;
    if (restart) rmSync(path, { force: true });
    /** Whether an earlier run is gone on with. */
    this.resumed = existsSync(path);
    if (this.resumed) this.#read(path);
  }

  /** @param {string} path */
  #read(path) {
    const text = readFileSync(path);
    // A line that was broken off is left out, and makes room for the next one.
    const whole = text.subarray(0, text.lastIndexOf("\n") + 1);
    const [first, ...entries] = whole.toString("utf8").split("\n").slice(0, -1).map(parsed);
    if (first?.run === undefined || entries.some((entry) => typeof entry !== "object")) {
      throw new Failure(`${path} is not the progress of such a run; \`--state\` names another file`);
    }
    if (JSON.stringify(first.run) !== this.#run) {
      throw new Failure(
        `${path} has the progress of a run with other settings (mode of the key, \`--portico\`, \`--api-base\`, \`--user-metadata-key\` or others): \`--restart\` forgets it, \`--state\` names another file`,
      );
    }
    for (const entry of entries) this.progress.add(entry);
    this.progress.add({ again: this.progress.with("failed").map(({ id }) => id) });
    truncateSync(path, whole.length);
  }

  /**
   * Writes down what was done. It is on the disk when this returns.
   *
   * @param {Entry} entry
   */
  add(entry) {
    this.progress.add(entry);
    if (this.#path === undefined) return;
    const begins = existsSync(this.#path) ? "" : `{"run":${this.#run}}\n`;
    const file = openSync(this.#path, "a");
    try {
      writeSync(file, `${begins}${JSON.stringify(entry)}\n`);
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /** Removes the file. */
  forget() {
    if (this.#path !== undefined) rmSync(this.#path, { force: true });
  }
}
