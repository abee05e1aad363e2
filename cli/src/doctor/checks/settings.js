/** Checks of the settings by themselves. */

import { isLoopback } from "../../address.js";
import { listOf } from "../../plans.js";
import { names } from "../../settings/variables.js";
import { DOCS } from "../finding.js";

/** @import { Check } from "../finding.js" */

const CONFIGURATION = `${DOCS}/configuration.md`;

/** The variables that are also allowed outbound hosts. */
const OUTBOUND = ["stripe_api_base", "jwt_jwks_origin", "counter_redis"];

/** @type {Check[]} */
export const settingsChecks = [
  {
    id: "settings-required",
    asks: "each required variable has a value",
    why: "without it Portico answers every request with 500 misconfigured",
    link: CONFIGURATION,
    find: ({ patient: { given } }) =>
      given.missing.map((name) => ({
        what: `${name} has no value`,
        remedy: given.any ? `set it, as SPIN_VARIABLE_${name.toUpperCase()}` : "show the settings by --spin-toml, --env or --env-file",
      })),
  },
  {
    id: "settings-names",
    asks: "each SPIN_VARIABLE_… is a variable of the manifest",
    why: "Spin takes an unknown name without a word, and the default stays",
    link: CONFIGURATION,
    find: ({ patient: { given } }) =>
      given.unknown.map((name) => ({
        what: `SPIN_VARIABLE_${name.toUpperCase()} is no variable of the application`,
        remedy: nearest(name) ? `write SPIN_VARIABLE_${nearest(name)?.toUpperCase()}` : "remove it, or declare it in the manifest",
      })),
  },
  {
    id: "settings-blank",
    asks: "no outbound host is a blank or a line break",
    why: "one blank entry makes Spin refuse every outbound call",
    link: `${CONFIGURATION}#rules-for-values`,
    find: ({ patient: { given } }) =>
      OUTBOUND.filter((name) => given.raw[name]?.trim() === "" && given.raw[name] !== "").map((name) => ({
        what: `${name} consists of white space`,
        remedy: "set it to nothing at all, or remove it",
      })),
  },
  {
    id: "settings-stripe",
    asks: "stripe_api_base is where Stripe is",
    why: "Portico sends its key and reads every state there",
    link: `${CONFIGURATION}#stripe`,
    find: ({ patient: { given, apiBase } }) =>
      given.settings.stripe_api_base.replace(/\/$/, "") === apiBase
        ? []
        : [{ what: `stripe_api_base is not ${apiBase}`, remedy: "remove the setting, or name the same address by --api-base" }],
  },
  {
    id: "settings-frontend",
    asks: "frontend_url is an address by https",
    why: "Stripe's pages lead back there, and its origin is the one that may call Portico",
    link: `${CONFIGURATION}#frontend`,
    find: ({ patient: { given, porticosKey } }) => frontend(given.settings.frontend_url, porticosKey.live),
  },
  {
    id: "settings-keys",
    asks: "tokens can be verified, and one issuer's keys do not vouch for another's users",
    why: "Portico answers 500 misconfigured",
    link: `${DOCS}/tokens.md`,
    find: ({ patient: { given } }) => keySources(given),
  },
  {
    id: "settings-roles",
    asks: "jwt_role_claim and billing_roles are set together",
    why: "one without the other is misconfigured",
    link: CONFIGURATION,
    find: ({ patient: { given } }) => {
      const { jwt_role_claim: claim, billing_roles: roles } = given.settings;
      if ((claim === "") === (roles === "")) return [];
      const missing = claim === "" ? "jwt_role_claim" : "billing_roles";
      return [{ what: `${missing} is empty, and its counterpart is not`, remedy: `set ${missing}, or neither` }];
    },
  },
];

/**
 * @param {string} text
 * @param {boolean} live
 */
function frontend(text, live) {
  if (text === "") return [];
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    return [{ what: "frontend_url is no address", remedy: "write it with its scheme: https://app.example.com" }];
  }
  if (url.protocol === "https:" || (isLoopback(url.hostname) && !live)) return [];
  const what = `frontend_url is ${url.origin}, without TLS${live ? ", and the key is live" : ""}`;
  return [{ what, remedy: "use the https address that users see" }];
}

/** @param {import("../../settings/read.js").Given} given */
function keySources({ settings, secret, any }) {
  if (!any) return [];
  const sources = [secret("jwt_hs256_secret"), settings.jwt_public_keys, settings.jwt_jwks_origin].filter(Boolean).length;
  if (sources === 0) {
    return [
      {
        what: "none of jwt_hs256_secret, jwt_public_keys and jwt_jwks_origin is set",
        remedy: "set jwt_jwks_origin to your identity provider's origin",
      },
    ];
  }
  if (sources > 1 && listOf(settings.jwt_issuer).length > 1) {
    return [{ what: "jwt_issuer has several issuers, and there are several sources of keys", remedy: "keep one of the two single" }];
  }
  return [];
}

/**
 * The variable whose name is nearest to a misspelt one: one that has the same letters but for two.
 *
 * @param {string} name
 */
function nearest(name) {
  return names().find((known) => distance(known, name) <= 2);
}

/**
 * How many letters are to be changed, added or taken away (Levenshtein).
 *
 * @param {string} a
 * @param {string} b
 */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const above = row;
    row = [i + 1];
    for (const [j, other] of [...b].entries()) {
      row.push(Math.min((above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1, (above[j] ?? 0) + (letter === other ? 0 : 1)));
    }
  }
  return row.at(-1) ?? 0;
}
