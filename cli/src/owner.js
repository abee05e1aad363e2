/** Whose a customer is, as far as Stripe says so. */

import { isUser } from "./user.js";

/** @import Stripe from "stripe" */

/** @typedef {Pick<Stripe.Subscription, "id" | "status" | "metadata">} Named */

/**
 * The user whom a customer's metadata names, or that of a current subscription, and which of them does; `undefined`
 * where neither does. Portico may then know the user by itself, from a checkout.
 *
 * @param {Pick<Stripe.Customer, "metadata">} customer
 * @param {readonly Named[]} subscriptions
 * @param {string} key
 * @returns {{ user: string, by: string } | undefined}
 */
export function ownerOf(customer, subscriptions, key) {
  const user = customer.metadata?.[key];
  if (isUser(user)) return { user, by: `the customer's metadata[${key}]` };
  for (const { id, status, metadata } of subscriptions) {
    const named = metadata?.[key];
    if (!isOver(status) && isUser(named)) return { user: named, by: `metadata[${key}] of ${id}` };
  }
  return undefined;
}

/**
 * Whether a subscription with such a status has ended.
 *
 * @param {string} status
 */
export function isOver(status) {
  return status === "canceled" || status === "incomplete_expired";
}
