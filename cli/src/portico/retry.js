/** Whether and when a call to Portico is made again. Calls to Stripe are repeated by Stripe's own package. */

/** The pause before the first repetition. Each later one is twice as long. */
const FIRST_MS = 500;

/** The longest pause, unless the server asks for a longer one. */
const LONGEST_MS = 30_000;

/** The longest pause that a server can ask for. */
const LONGEST_WISH_MS = 15 * 60_000;

/**
 * Returns how many milliseconds to wait before the call is made again; `undefined` to take the outcome as it is.
 *
 * @param {{ status: number, retryAfter?: string | undefined } | undefined} answer `undefined` where none came.
 * @param {number} attempt Counted from 1.
 */
export function pause(answer, attempt) {
  // With 409, another request holds the object. A limit says nothing about the call itself.
  if (answer && ![409, 429].includes(answer.status) && answer.status < 500) return undefined;
  const growing = Math.min(FIRST_MS * 2 ** (attempt - 1), LONGEST_MS);
  return Math.max(growing, wish(answer?.retryAfter));
}

/**
 * The milliseconds that a server asks for by `Retry-After`.
 *
 * @param {string | undefined} retryAfter
 */
export function wish(retryAfter) {
  const seconds = /^\d{1,9}$/.test(retryAfter ?? "") ? Number(retryAfter) : 0;
  return Math.min(seconds * 1000, LONGEST_WISH_MS);
}
