/** A token, judged by the settings that were given and by the keys that these lead to. */

import { exchange, isAnswer } from "../http.js";
import { DEFAULTS } from "../settings/variables.js";
import { judgeToken, secretKey } from "./judge.js";
import { readJwks, readPublicKeys } from "./keys.js";

/** How long keys are waited for. */
const TIMEOUT = 10_000;

/**
 * Judges a token.
 *
 * @param {string} token
 * @param {import("../settings/read.js").Given} given
 */
export async function judged(token, { settings, secret }) {
  const own = readPublicKeys(settings.jwt_public_keys);
  const keys = own.problem === undefined ? [...own.keys] : [];
  const shared = secret("jwt_hs256_secret");
  if (shared) keys.push(secretKey(shared));
  const address = jwksAddress(settings);
  const answer = address === undefined ? undefined : await exchange(address, { timeout: TIMEOUT });
  if (answer && isAnswer(answer)) keys.push(...(readJwks(answer.json)?.keys ?? []));
  return judgeToken(token, { settings, keys, now: Date.now() / 1000 });
}

/**
 * Where the identity provider serves its keys; `undefined` where no origin is set, or none that makes an address.
 *
 * @param {import("../settings/variables.js").Settings} settings
 */
export function jwksAddress({ jwt_jwks_origin: origin, jwt_jwks_path: path }) {
  const url = path || DEFAULTS.jwt_jwks_path;
  return URL.canParse(url, origin) ? new URL(url, origin).href : undefined;
}
