/** What the identity provider says. */

import { exchange } from "../../http.js";
import { listOf } from "../../plans.js";
import { jwksAddress } from "../../token/given.js";

/** @import { Answer, Lost } from "../../http.js" */

/**
 * @typedef {object} AtProvider
 * @property {Answer | Lost | undefined} jwks `undefined` where no origin is set.
 * @property {{ issuer: string, answer: Answer | Lost }[]} discovery The OpenID configuration of each issuer.
 */

/** As long as Portico waits for keys. */
const TIMEOUT = 5_000;

/**
 * Asks the identity provider.
 *
 * @param {import("../../settings/variables.js").Settings} settings
 * @returns {Promise<AtProvider>}
 */
export async function askProvider(settings) {
  const issuers = listOf(settings.jwt_issuer).filter((one) => URL.canParse(one) && /^https?:/.test(one));
  const discovery = issuers.map(async (issuer) => {
    const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    return { issuer, answer: await exchange(address, { timeout: TIMEOUT }) };
  });
  const address = jwksAddress(settings);
  const jwks = address === undefined ? undefined : exchange(address, { timeout: TIMEOUT });
  return { jwks: await jwks, discovery: await Promise.all(discovery) };
}
