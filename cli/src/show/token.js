/** A token, and what Portico answers to it. */

import { exchange, isAnswer, told } from "../http.js";
import { judgeToken, secretKey } from "../token/judge.js";
import { readJwks, readPublicKeys } from "../token/keys.js";

/** The path of the plan gate, below `base_path`. */
export const GATE = "/api/v1/account/balance";

/** @typedef {{ plan: string, portalAvailable: boolean } | { refused: string }} Gate */

/**
 * Judges a token by settings and by the keys that these lead to.
 *
 * @param {string} token
 * @param {import("../settings/read.js").Given} given
 */
export async function judged(token, { settings, secret }) {
  const keys = [...(readPublicKeys(settings.jwt_public_keys)?.keys ?? [])];
  const shared = secret("jwt_hs256_secret");
  if (shared) keys.push(secretKey(shared));
  if (settings.jwt_jwks_origin !== "") {
    const answer = await exchange(settings.jwt_jwks_origin + settings.jwt_jwks_path, { timeout: 10_000 });
    if (isAnswer(answer)) keys.push(...(readJwks(answer.json)?.keys ?? []));
  }
  return judgeToken(token, { settings, keys, now: Date.now() / 1000 });
}

/**
 * Asks the plan gate, which costs nothing and counts nothing.
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
