/** Checks of Portico's key. */

import { API_VERSION } from "../../stripe/client.js";
import { DASHBOARD, DOCS } from "../finding.js";

/** @import { Check } from "../finding.js" */

const PERMISSIONS = `${DOCS}/webhooks.md#the-keys-permissions`;

/** The first versions of the API that have something Portico uses. */
const FIRST = { pause: "2026-10-28", recovery: "2026-10-28" };

/** @type {Check[]} */
export const keyChecks = [
  {
    id: "key-accepted",
    asks: "Stripe accepts the key",
    why: "no user reaches the portal, and nothing else can be looked at",
    link: `${DASHBOARD}/apikeys`,
    find: ({ stripe: { key } }) => {
      if (!key) return [];
      if (key.status === 0) return [{ what: "Stripe is not reached from here", remedy: "check --api-base and the network" }];
      return [{ what: `Stripe refuses the key: ${key.text}`, remedy: "set a key that has not been rolled or revoked" }];
    },
  },
  {
    id: "key-restricted",
    asks: "a live key is a restricted one",
    why: "whoever gets a secret key (sk_live_…) can do everything with the account",
    link: PERMISSIONS,
    find: ({ patient: { porticosKey } }) =>
      porticosKey.live && !porticosKey.restricted
        ? [{ level: "warning", what: "the live key is unrestricted", remedy: "make a restricted key (rk_live_…) with the permissions of the table" }]
        : [],
  },
  {
    id: "key-permissions",
    asks: "the key has each permission that Portico needs",
    why: "Portico answers 500 stripe_rejected where it is missing",
    link: PERMISSIONS,
    find: ({ stripe: { permissions } }) =>
      permissions.flatMap(({ resource, access, serves, state, name }) => {
        const permission = `${resource}: ${access}${name ? ` (${name})` : ""}`;
        if (state === "denied") {
          return [{ what: `the key lacks ${permission}, which ${serves} needs`, remedy: "give it to the key in the Dashboard" }];
        }
        if (state === "granted") return [];
        return [{ level: "unchecked", what: `whether the key has ${permission} could not be told`, remedy: "run it again" }];
      }),
  },
  {
    id: "key-mode",
    asks: "the keys and Portico are of one mode, test or live",
    why: "Portico ignores the events of the other mode, and its customers are unknown",
    link: `${DOCS}/webhooks.md#test-beside-live`,
    find: ({ patient: { key, porticosKey }, portico }) => {
      const mode = key.live ? "live" : "test";
      if (key.live !== porticosKey.live) {
        return [{ what: "STRIPE_API_KEY and Portico's key are of different modes", remedy: "use two keys of one mode" }];
      }
      const outcome = portico?.bell && "status" in portico.bell ? portico.bell.json?.outcome : undefined;
      if (outcome !== "ignored_mode") return [];
      return [{ what: `STRIPE_API_KEY is of the ${mode} mode, and the running Portico of the other`, remedy: "set stripe_api_key to a key of the mode that is meant" }];
    },
  },
  {
    id: "api-version",
    asks: "Stripe knows stripe_api_version, and it has what the settings use",
    why: "Stripe refuses calls of an unknown version, and unknown parameters in an older one",
    link: `${DOCS}/configuration.md#stripe`,
    find: ({ stripe: { version }, patient: { given, flows } }) => {
      const { stripe_api_version: set, portal_recovery_hours: hours } = given.settings;
      const remedy = `set it to ${API_VERSION}`;
      if (version) return [{ what: "Stripe does not know stripe_api_version", remedy }];
      if (Number(hours) > 0 && set < FIRST.recovery) {
        return [{ what: `portal_recovery_hours needs an API version from ${FIRST.recovery} on`, remedy }];
      }
      if (flows.includes("subscription_pause") && set < FIRST.pause) {
        return [{ what: `the flow subscription_pause needs an API version from ${FIRST.pause} on`, remedy }];
      }
      return [];
    },
  },
];
