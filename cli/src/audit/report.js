/** The report at the end of an audit, for standard output. */

/** @import { Progress, Row } from "../sweep/progress.js" */

/** The outcomes that somebody has to look after, and why. */
const LOOKED_AFTER = /** @type {const} */ ({
  unlinked: "no user is known for them",
  conflict: "their user has another customer that pays",
  failed: "Portico could not be told of them",
});

/** How many customers of one kind the table lists. The CSV has all. */
const LISTED = 20;

/**
 * The counts, and what somebody has to look after.
 *
 * @param {Progress} progress
 */
export function table(progress) {
  const outcomes = /** @type {const} */ (["synced", "changed", "unlinked", "conflict", "failed"]);
  const counts = outcomes.map((outcome) => [outcome, String(progress.with(outcome).length)]);
  const lines = columns([["outcome", "customers"], ...counts], [1]);
  for (const [outcome, why] of Object.entries(LOOKED_AFTER)) {
    const rows = progress.with(/** @type {Row["outcome"]} */ (outcome));
    if (rows.length === 0) continue;
    const cells = rows.slice(0, LISTED).map(({ id, user, plan }) => [id, user ?? "-", plan ?? "-"]);
    lines.push("", `${outcome} (${why}):`, ...columns([["customer", "user", "plan"], ...cells]));
    if (rows.length > LISTED) lines.push(`and ${rows.length - LISTED} more; --csv has all`);
  }
  const twice = paysTwice(progress);
  if (twice.length > 0) {
    const cells = twice.map(({ user, rows }) => [user, rows.map(({ id, plan }) => `${id} (${plan})`).join(", ")]);
    lines.push("", "users with several customers that pay:", ...columns([["user", "customers"], ...cells]));
  }
  return `${lines.join("\n")}\n`;
}

/**
 * The users of whom several customers pay, each with these customers.
 *
 * @param {Progress} progress
 * @returns {{ user: string, rows: Row[] }[]}
 */
export function paysTwice(progress) {
  /** @type {Map<string, Row[]>} */
  const byUser = new Map();
  for (const row of progress.rows.values()) {
    if (row.user && row.pays) byUser.set(row.user, [...(byUser.get(row.user) ?? []), row]);
  }
  return [...byUser].filter(([, rows]) => rows.length > 1).map(([user, rows]) => ({ user, rows }));
}

/**
 * Lines of cells in columns.
 *
 * @param {string[][]} rows
 * @param {number[]} [right] The columns with numbers.
 */
function columns(rows, right = []) {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => (right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
