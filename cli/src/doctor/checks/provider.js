/** Checks of the identity provider's keys, and of those that the settings have. */

import { jwksAddress } from "../../token/given.js";
import { readJwks, readPublicKeys } from "../../token/keys.js";
import { DOCS } from "../finding.js";

/** @import { Check, Symptom } from "../finding.js" */
/** @import { Facts } from "../facts.js" */

const PROVIDERS = `${DOCS}/identity-providers.md`;
const FETCHING = `${DOCS}/tokens.md#fetching`;

/** The most bytes and keys of a JWKS that Portico takes. */
const MOST = { bytes: 256 * 1024, keys: 100 };

/**
 * The provider's keys, as far as they came.
 *
 * @param {Facts} facts
 */
function keySet({ provider: { jwks } }) {
  return jwks && "status" in jwks && jwks.status === 200 ? readJwks(jwks.json) : undefined;
}

/**
 * The OpenID configurations that came.
 *
 * @param {Facts} facts
 * @returns {{ issuer: string, json: any }[]}
 */
function discovered({ provider: { discovery } }) {
  return discovery.flatMap(({ issuer, answer }) =>
    "status" in answer && answer.status === 200 && typeof answer.json?.issuer === "string"
      ? [{ issuer, json: answer.json }]
      : [],
  );
}

/** @type {Check[]} */
export const providerChecks = [
  {
    id: "jwks-reachable",
    asks: "the identity provider's JWKS can be fetched",
    why: "without keys every user gets 500 keys_unavailable",
    link: FETCHING,
    find: (facts) => reachable(facts),
  },
  {
    id: "jwks-keys",
    asks: "the JWKS has a key that Portico can use",
    why: "without one no token is accepted",
    link: PROVIDERS,
    find: (facts) => {
      const set = keySet(facts);
      if (!set || set.keys.length > 0) return [];
      const reasons =
        set.passedOver.map(({ id, reason }) => `${id ?? "a key without kid"}: ${reason}`).join("; ") || "it is empty";
      return [
        {
          what: `no key of the JWKS can be used (${reasons})`,
          remedy: "let the provider sign with RS256, ES256, ES384 or EdDSA",
        },
      ];
    },
  },
  {
    id: "jwks-passed-over",
    asks: "Portico passes over no signing key of the JWKS",
    why: "tokens that are signed with such a key are refused",
    link: PROVIDERS,
    find: (facts) => {
      const set = keySet(facts);
      if (!set || set.keys.length === 0) return [];
      return set.passedOver
        .filter(({ expected }) => !expected)
        .map(({ id, reason }) => ({
          level: "warning",
          what: `the key ${id ?? "without kid"} is passed over: ${reason}`,
          remedy: "let the provider sign with one of the other keys",
        }));
    },
  },
  {
    id: "public-keys",
    asks: "jwt_public_keys has keys that Portico can use, and nothing else",
    why: "Portico answers every request with 500 misconfigured",
    link: `${DOCS}/configuration.md#tokens`,
    find: ({ patient: { given } }) => {
      const text = given.settings.jwt_public_keys;
      if (text === "") return [];
      const remedy = "copy the public keys anew, as PEM or as a JWKS";
      const { problem } = readPublicKeys(text);
      return problem === undefined ? [] : [{ what: `jwt_public_keys ${problem}`, remedy }];
    },
  },
  {
    id: "issuer",
    asks: "jwt_issuer is the issuer that the provider says it is",
    why: "every token is refused with 401: iss is compared to the letter",
    link: PROVIDERS,
    find: (facts) =>
      discovered(facts).flatMap(({ issuer, json }) => {
        if (json.issuer === issuer) return [];
        const slash = json.issuer.replace(/\/$/, "") === issuer.replace(/\/$/, "") ? ", with the slash at the end" : "";
        return [
          {
            what: `jwt_issuer is ${issuer}, and the provider says ${json.issuer}`,
            remedy: `copy it to the letter${slash}`,
          },
        ];
      }),
  },
  {
    id: "jwks-address",
    asks: "jwt_jwks_origin and jwt_jwks_path are where the provider says its keys are",
    why: "keys from elsewhere may be old ones, or another tenant's",
    link: FETCHING,
    find: (facts) => {
      const set = jwksAddress(facts.patient.given.settings);
      if (set === undefined) return [];
      return discovered(facts).flatMap(({ json }) => {
        const said =
          typeof json.jwks_uri === "string" && URL.canParse(json.jwks_uri) ? new URL(json.jwks_uri) : undefined;
        if (!said || said.href === set) return [];
        return [
          {
            level: "warning",
            what: `the provider's keys are at ${said.href}, and the settings say ${set}`,
            remedy: `set jwt_jwks_origin to ${said.origin} and jwt_jwks_path to ${said.pathname}`,
          },
        ];
      });
    },
  },
];

/**
 * @param {Facts} facts
 * @returns {Symptom[]}
 */
function reachable({ provider: { jwks } }) {
  if (!jwks) return [];
  const remedy = "correct jwt_jwks_origin and jwt_jwks_path";
  if ("lost" in jwks) return [{ what: `the JWKS cannot be fetched: ${jwks.lost}`, remedy }];
  const { status, text, json, headers } = jwks;
  if (status >= 300 && status < 400) {
    return [
      {
        what: `the JWKS is redirected (${status}) to ${placeOf(headers.location)}, and Portico follows no redirection`,
        remedy,
      },
    ];
  }
  if (status !== 200) return [{ what: `the address of the JWKS answers ${status}`, remedy }];
  const set = readJwks(json);
  if (!set) return [{ what: "what is at the address of the JWKS is none", remedy }];
  if (Buffer.byteLength(text) > MOST.bytes || set.keys.length + set.passedOver.length > MOST.keys) {
    return [{ what: "the JWKS is longer than 256 KiB or has more than 100 keys", remedy: "remove old keys from it" }];
  }
  return [];
}

/**
 * The origin and path of an address; its query may be secret.
 *
 * @param {string | undefined} location
 */
function placeOf(location) {
  const url = URL.canParse(location ?? "") ? new URL(location ?? "") : undefined;
  return url ? url.origin + url.pathname : "elsewhere";
}
