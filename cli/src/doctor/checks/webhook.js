/** Checks of the webhook: Stripe's side of it, and Portico's. */

import { EVENT_TYPES, WEBHOOK } from "../../portico/event.js";
import { isThere } from "../ask/portico.js";
import { DASHBOARD, DOCS, unreadable } from "../finding.js";

/** @import { Check, Symptom } from "../finding.js" */
/** @import { Facts } from "../facts.js" */
/** @import { Endpoint } from "../ask/endpoints.js" */

const ENDPOINT = `${DOCS}/webhooks.md#the-endpoint`;
const WEBHOOKS = `${DASHBOARD}/webhooks`;

/** How long Stripe may take with an event before it counts as one that Portico does not take, in seconds. */
const PATIENCE = 600;

/**
 * The endpoints that lead to Portico.
 *
 * @param {Facts} facts
 */
function ours({ stripe: { endpoints }, patient: { root } }) {
  return (endpoints.value ?? []).filter(({ url }) => url === `${root}${WEBHOOK}`);
}

/**
 * A check of each enabled endpoint that leads to Portico.
 *
 * @param {Omit<Check, "find">} check
 * @param {(endpoint: Endpoint) => Symptom[]} find
 * @returns {Check}
 */
function ofEndpoints(check, find) {
  return {
    ...check,
    find: (facts) =>
      ours(facts)
        .filter(({ enabled }) => enabled)
        .flatMap((endpoint) => find(endpoint).map((symptom) => ({ ...symptom, what: `${endpoint.id} ${symptom.what}` }))),
  };
}

/** @type {Check[]} */
export const webhookChecks = [
  {
    id: "webhook-endpoint",
    asks: "exactly one endpoint at Stripe leads to Portico's webhook",
    why: "without one no record keeps itself: a user who pays stays on the plan free",
    link: ENDPOINT,
    find: (facts) => endpoint(facts),
  },
  {
    id: "webhook-enabled",
    asks: "the endpoint is enabled",
    why: "Stripe delivers nothing to a disabled endpoint, and disables one that fails for days",
    link: WEBHOOKS,
    find: (facts) =>
      ours(facts)
        .filter(({ enabled }) => !enabled)
        .map(({ id }) => ({ what: `${id} is disabled`, remedy: "enable it, and then run portico audit for what was missed" })),
  },
  ofEndpoints(
    {
      id: "webhook-events",
      asks: "the endpoint has all events that concern Portico",
      why: "what an event would have changed stays as it was",
      link: ENDPOINT,
    },
    ({ events, payload }) => {
      const missing = wanted(payload).filter((type) => !events.includes(type) && !events.includes("*"));
      return missing.length === 0 ? [] : [{ what: `does not get ${missing.join(", ")}`, remedy: "select these events" }];
    },
  ),
  ofEndpoints(
    {
      id: "webhook-superfluous",
      asks: "the endpoint has no other events",
      why: "each costs a request, and the log fills with ignored_type",
      link: ENDPOINT,
    },
    ({ events, payload }) => {
      const more = events.filter((type) => !wanted(payload).includes(type));
      const what = more.includes("*") ? "gets all events" : `gets ${more.join(", ")} as well`;
      return more.length === 0 ? [] : [{ level: "warning", what, remedy: "select the events of the table alone" }];
    },
  ),
  ofEndpoints(
    {
      id: "webhook-payload",
      asks: "the payload style is snapshot",
      why: "a thin event of a subscription or a checkout costs one more call to Stripe",
      link: ENDPOINT,
    },
    ({ payload }) => (payload === "snapshot" ? [] : [{ level: "warning", what: "sends thin events", remedy: "choose the payload style snapshot" }]),
  ),
  ofEndpoints(
    {
      id: "webhook-source",
      asks: "the events are of your own account",
      why: "Portico ignores the events of connected accounts (ignored_account)",
      link: ENDPOINT,
    },
    ({ others }) => (others ? [{ what: "gets the events of connected accounts", remedy: "make an endpoint for events from your account" }] : []),
  ),
  {
    id: "webhook-failures",
    asks: "Stripe has delivered the events of the last three days",
    why: "what was not delivered is lost after three days, and records grow old",
    link: WEBHOOKS,
    find: ({ stripe: { undelivered }, now }) => {
      if (undelivered.problem) return undelivered.problem.status === -1 ? [] : unreadable(undelivered, "events");
      const late = undelivered.value.filter(({ created, pending_webhooks }) => pending_webhooks > 0 && created < now / 1000 - PATIENCE);
      if (late.length === 0) return [];
      const many = late.length === 100 ? "100 events or more have" : late.length === 1 ? "one event has" : `${late.length} events have`;
      const remedy = "look at the endpoint's failed deliveries, mend the cause, and run portico audit";
      return [{ level: "warning", what: `${many} not been delivered to every endpoint`, remedy }];
    },
  },
  {
    id: "webhook-secret",
    asks: "Portico takes an event that is signed with STRIPE_WEBHOOK_SECRET",
    why: "Portico answers 400 or 404 to all of Stripe's events",
    link: `${DOCS}/webhooks.md#secrets`,
    find: (facts) => bell(facts),
  },
];

/**
 * The events that an endpoint should have; thin ones have other names.
 *
 * @param {Endpoint["payload"]} payload
 */
function wanted(payload) {
  return payload === "thin" ? EVENT_TYPES.map((type) => `v1.${type}`) : EVENT_TYPES;
}

/**
 * @param {Facts} facts
 * @returns {Symptom[]}
 */
function endpoint(facts) {
  const { endpoints } = facts.stripe;
  const { root } = facts.patient;
  if (root === undefined || endpoints.problem?.status === -1) return [];
  if (endpoints.problem) return unreadable(endpoints, "webhook endpoints");
  const found = ours(facts);
  if (found.length === 1) return [];
  if (found.length > 1) {
    const ids = found.map(({ id }) => id).join(", ");
    return [{ level: "warning", what: `${ids} lead to the same address`, remedy: "keep one of them: each event comes several times" }];
  }
  const address = root + WEBHOOK;
  const near = endpoints.value.find(({ url }) => similar(url) === similar(address));
  if (near) {
    return [{ what: `${near.id} leads to ${near.url}, which is another address than ${address}`, remedy: "correct the endpoint's address to the letter" }];
  }
  return [{ what: `no endpoint leads to ${address}`, remedy: "add one in the Dashboard, in the key's mode" }];
}

/**
 * What two addresses share that differ in the scheme, in slashes or in what is before the webhook's path.
 *
 * @param {string} address
 */
function similar(address) {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const path = url?.pathname.toLowerCase().replace(/\/+/g, "/").replace(/\/$/, "") ?? "";
  return `${url?.host} ${path.endsWith(WEBHOOK) ? WEBHOOK : path}`;
}

/**
 * @param {Facts} facts
 * @returns {Symptom[]}
 */
function bell({ portico, patient: { webhookSecret, root } }) {
  if (root === undefined) return [];
  if (!webhookSecret) {
    return [{ level: "unchecked", what: "no signing secret was given", remedy: "set STRIPE_WEBHOOK_SECRET to the endpoint's whsec_…" }];
  }
  // Whether Portico is there at all is looked at elsewhere.
  if (!portico?.bell || !("status" in portico.bell) || !isThere(portico.gate)) return [];
  const { status, json } = portico.bell;
  if (status === 200 && json?.received === true) return [];
  if (json?.error === "invalid_signature") {
    return [{ what: "Portico refuses the signature: the secret is none of its stripe_webhook_secrets, or a clock is wrong", remedy: "copy the endpoint's signing secret into stripe_webhook_secrets" }];
  }
  if (status === 404) {
    return [{ what: "Portico has no webhook: stripe_webhook_secrets is empty", remedy: "copy the endpoint's signing secret into it" }];
  }
  return [{ what: `the webhook answers ${status}`, remedy: "see Portico's log, and whether something in front of it changes requests" }];
}
