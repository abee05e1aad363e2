/** The events that ring at Portico's webhook. */

import Stripe from "stripe";

/** The path of the webhook, below `base_path`. */
export const WEBHOOK = "/api/v1/billing/webhook";

/**
 * The events that concern Portico. Its webhook endpoint at Stripe selects these and no others.
 */
export const EVENT_TYPES = [
  "checkout.session.completed",
  "checkout.session.async_payment_succeeded",
  "customer.created",
  "customer.updated",
  "customer.deleted",
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "customer.subscription.paused",
  "customer.subscription.resumed",
];

/**
 * A `customer.updated` that says which customer and in which mode, and nothing else: Portico asks Stripe for the rest.
 * Its identifier is that of the customer, so that a line of Portico's log leads to the customer.
 *
 * @param {string} customer
 * @param {boolean} live
 */
export function customerUpdated(customer, live) {
  return JSON.stringify({
    id: `evt_import_${customer.slice("cus_".length)}`,
    object: "event",
    type: "customer.updated",
    livemode: live,
    data: { object: { id: customer, object: "customer" } },
  });
}

/**
 * An event of a type that does not concern Portico, which answers it and does nothing.
 *
 * @param {boolean} live
 */
export function ping(live) {
  return JSON.stringify({
    id: "evt_doctor",
    object: "event",
    type: "portico.doctor",
    livemode: live,
    data: { object: {} },
  });
}

/**
 * The value of `Stripe-Signature` for a body, by Stripe's own package. `now` is in Unix seconds.
 *
 * @param {string} body
 * @param {import("../secrets.js").WebhookSecret} secret
 * @param {number} now
 */
export function signature(body, secret, now) {
  return Stripe.webhooks.generateTestHeaderString({ payload: body, secret: secret.expose(), timestamp: now });
}
