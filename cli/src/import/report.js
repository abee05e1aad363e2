/** The report at the end of an import, for standard output. */

/**
 * The counts, and the identifiers of the customers that somebody has to look after.
 *
 * @param {import("../sweep/progress.js").Progress} progress
 * @param {{ dryRun: boolean }} options
 */
export function report(progress, { dryRun }) {
  const ids = /** @param {import("../sweep/progress.js").Row["outcome"]} outcome */ (outcome) =>
    progress.with(outcome).map(({ id }) => id).sort();
  const lists = { unlinked: ids("unlinked"), conflict: ids("conflict"), failed: ids("failed") };
  const shown = Object.entries(lists).filter(([name, list]) => name !== "conflict" || list.length > 0);
  const text = dryRun ? ["dry run: nothing was written, and Portico was not called"] : [];
  text.push(`synced: ${ids("synced").length}`, ...shown.map(([name, list]) => `${name}: ${list.length}`));
  for (const [name, list] of shown) {
    if (list.length > 0) text.push("", `${name} customers:`, ...list);
  }
  return `${text.join("\n")}\n`;
}
