/** How many calls are under way at a time. The pace is kept elsewhere; this hides the time that each call takes. */
const AT_A_TIME = 8;

/**
 * Applies a function to each item, and returns the results in the items' order. After an error nothing new is begun,
 * and the error is thrown when all that was under way has ended.
 *
 * @template I, O
 * @param {readonly I[]} items
 * @param {(item: I) => Promise<O>} apply
 * @returns {Promise<O[]>}
 */
export async function parallel(items, apply) {
  /** @type {O[]} */
  const results = new Array(items.length);
  const rest = items.entries();
  /** @type {{ error: unknown } | undefined} */
  let failed;
  const work = async () => {
    for (const [index, item] of rest) {
      if (failed) return;
      try {
        results[index] = await apply(item);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, items.length) }, work));
  if (failed) throw failed.error;
  return results;
}
