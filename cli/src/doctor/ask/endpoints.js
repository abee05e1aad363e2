/** Where Stripe delivers events to: the endpoints of its older list, and the destinations of its newer one. */

import { problemOf } from "../../stripe/error.js";

/** @import Stripe from "stripe" */

/**
 * @typedef {object} Endpoint
 * @property {string} id
 * @property {string} url
 * @property {boolean} enabled
 * @property {string[]} events
 * @property {"snapshot" | "thin"} payload
 * @property {boolean} others Whether it gets the events of connected accounts.
 */

/** The most endpoints that are looked at. */
const MOST = 200;

/**
 * All endpoints, each once.
 *
 * @param {Stripe} stripe
 * @returns {Promise<Endpoint[]>}
 */
export async function endpointsOf(stripe) {
  const [older, newer] = await Promise.all([stripe.webhookEndpoints.list({ limit: 100 }).autoPagingToArray({ limit: MOST }), destinationsOf(stripe)]);
  /** @type {Map<string, Endpoint>} */
  const byId = new Map();
  for (const { id, url, status, enabled_events: events, application } of older) {
    byId.set(id, { id, url, enabled: status === "enabled", events, payload: "snapshot", others: application !== null });
  }
  for (const one of newer) {
    const { id, status, enabled_events: events, event_payload: payload, events_from: from = [], webhook_endpoint } = one;
    const url = webhook_endpoint?.url;
    if (url === undefined) continue;
    const others = from.length > 0 && !from.some((source) => ["@self", "self"].includes(source));
    byId.set(id, { id, url, enabled: status === "enabled", events, payload, others });
  }
  return [...byId.values()];
}

/**
 * The destinations of the newer list. A key that may read the endpoints alone does without.
 *
 * @param {Stripe} stripe
 */
async function destinationsOf(stripe) {
  try {
    const list = stripe.v2.core.eventDestinations.list({ include: ["webhook_endpoint.url"], limit: 100 });
    return await list.autoPagingToArray({ limit: MOST });
  } catch (error) {
    problemOf(error);
    return [];
  }
}
