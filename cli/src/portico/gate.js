/** Portico's plan gate. */

import { exchange, isAnswer, told } from "../http.js";

/** Its path, below `base_path`. */
export const GATE = "/api/v1/account/balance";

/** @typedef {{ plan: string, portalAvailable: boolean } | { refused: string }} Gate */

/**
 * Asks the gate with a token, which costs nothing and counts nothing.
 *
 * @param {string} portico
 * @param {string} token
 * @returns {Promise<Gate>}
 */
export async function askGate(portico, token) {
  const answer = await exchange(portico + GATE, { headers: { authorization: `Bearer ${token}` } });
  if (!isAnswer(answer)) return { refused: answer.lost };
  const { status, json, headers } = answer;
  if (status !== 200 || typeof json?.plan !== "string") {
    return { refused: told(status, json?.error, headers["x-request-id"]) };
  }
  return { plan: json.plan, portalAvailable: json.portal_available === true };
}
