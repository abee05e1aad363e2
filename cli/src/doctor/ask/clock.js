/** The clocks of servers, as far as their answers tell them. */

import { exchange, isAnswer } from "../../http.js";

/**
 * By how many milliseconds a server's clock is ahead of this machine's.
 *
 * @param {string} address
 */
export async function skewOf(address) {
  const answer = await exchange(address, { timeout: 10_000 });
  return isAnswer(answer) ? ahead(answer.headers.date) : undefined;
}

/**
 * By how many milliseconds a `Date` header is ahead that has just come. It has whole seconds.
 *
 * @param {string | undefined} date
 */
export function ahead(date) {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? undefined : time + 500 - Date.now();
}
