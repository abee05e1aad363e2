/** The check of a token, where one is given. */

import { DOCS } from "../finding.js";

/** @import { Check } from "../finding.js" */

/** What helps against each part that is bad. */
const REMEDIES = /** @type {Record<string, string | undefined>} */ ({
  form: "send the access token that the provider issued for this audience",
  alg: "let the provider sign with RS256, ES256, ES384 or EdDSA",
  signature: "check jwt_jwks_origin, and that the token is of the same tenant",
  exp: "let the page fetch a new token",
  iss: "set jwt_issuer to the token's iss, if it is your provider's",
  aud: "set jwt_audience to the token's audience, or jwt_audience_claim to the claim that has it",
  nbf: "set the clocks, or raise jwt_leeway_seconds",
  iat: "set the clocks, or raise jwt_leeway_seconds",
  role: "give the user a role of billing_roles, or correct jwt_role_claim",
});

/** @type {Check[]} */
export const tokenChecks = [
  {
    id: "token",
    asks: "Portico accepts the token of --token, and its user may manage billing",
    why: "its user gets 401 unauthorized, or 403 forbidden for a role",
    link: `${DOCS}/tokens.md#how-a-token-is-judged`,
    find: ({ token }) =>
      (token?.verdicts ?? [])
        .filter(({ good }) => !good)
        .map(({ part, text }) => ({
          what: `the token's ${part}: ${text}`,
          remedy: REMEDIES[part] ?? "compare the token with the settings",
        })),
  },
];
