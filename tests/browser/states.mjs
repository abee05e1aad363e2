// Every state of a subscription, in the form that Portico has for it, and what the page says of it.

import { at } from "./billing.mjs";

/** An item at ten dollars a month. */
export function item(number, changes = {}) {
  return {
    id: `si_Demo${number}`,
    price: `price_Demo${number}`,
    quantity: 1,
    unit_amount: 1000,
    currency: "usd",
    interval: "month",
    interval_count: 1,
    ...changes,
  };
}

/** A subscription that renews at 1 December 2026, unless `changes` say otherwise. */
export function subscription(changes = {}) {
  return {
    id: "sub_Demo1",
    status: "active",
    plan: "pro",
    items: [item(1)],
    current_period_end: at(30),
    cancel_at: null,
    trial_end: null,
    paused: false,
    resumes_at: null,
    created: at(-60),
    ...changes,
  };
}

/** An account, as the gate and a synchronisation answer it. */
export function account(changes = {}) {
  return { plan: "pro", portal_available: true, current_balance: 0, next_refill_at: null, ...changes };
}

const flow = (type, more = { subscription: "sub_Demo1" }) => ({ type, ...more, after_completion: "redirect" });
const card = flow("payment_method_update", {});
const change = ["Change plan", flow("subscription_update")];
const pause = ["Pause", flow("subscription_pause")];
const cancel = ["Cancel subscription", flow("subscription_cancel")];

/**
 * The states: what Stripe has, what the page says, and to which flow each of its buttons leads; `null` is the portal's
 * first page.
 */
export const STATES = [
  {
    name: "active",
    subscription: {},
    says: ["Pro", "Active", "$10.00 a month", "Renews on 1 December 2026"],
    offers: [change, pause, cancel],
  },
  {
    name: "yearly",
    subscription: { plan: "team", items: [item(1, { unit_amount: 24000, currency: "eur", interval: "year", quantity: 3 })] },
    says: ["Team", "3 × €240.00 a year", "Renews on 1 December 2026"],
    offers: [change, pause, cancel],
  },
  {
    name: "cancelled",
    subscription: { cancel_at: at(30) },
    says: ["Ends soon", "Ends on 1 December 2026", "All stays as it is until then."],
    offers: [["Keep it", null]],
  },
  {
    name: "trial",
    subscription: { status: "trialing", trial_end: at(14), current_period_end: at(14) },
    says: ["Trial", "Trial until 15 November 2026, then US$10.00 a month"],
    offers: [change, cancel],
  },
  {
    name: "trial-cancelled",
    subscription: { status: "trialing", trial_end: at(14), cancel_at: at(14), current_period_end: at(14) },
    says: ["Trial", "Trial until 15 November 2026, then it ends"],
    offers: [["Keep it", null]],
  },
  {
    name: "payment-failed",
    subscription: { status: "past_due" },
    says: ["Payment failed", "Update your card, and we try again."],
    offers: [["Update card", card], cancel],
  },
  {
    name: "unpaid",
    subscription: { status: "unpaid", plan: null },
    says: ["Subscription", "Not paid", "Your last invoices are not paid."],
    offers: [["Update card", card], cancel],
  },
  {
    name: "paused-until",
    subscription: { paused: true, resumes_at: at(61) },
    says: ["Paused", "Paused until 1 January 2027", "Nothing is charged meanwhile."],
    offers: [["Resume", null], cancel],
  },
  {
    name: "paused",
    subscription: { paused: true },
    says: ["Paused", "Paused until you resume it"],
    offers: [["Resume", null], cancel],
  },
  {
    name: "trial-over",
    subscription: { status: "paused", paused: true, trial_end: at(-1), plan: null },
    says: ["Paused", "Your trial has ended."],
    offers: [["Add a card", card], cancel],
  },
  {
    name: "incomplete",
    subscription: { status: "incomplete", plan: null },
    says: ["Not paid yet", "Your first payment has not gone through."],
    offers: [],
  },
  {
    name: "items",
    subscription: {
      plan: "team_plus",
      items: [item(1), item(2, { unit_amount: 500, quantity: 7 }), item(3, { unit_amount: null, quantity: null })],
    },
    says: ["Team plus", "$10.00 a month", "7 × US$5.00 a month", "Price by use"],
    offers: [change, pause, cancel],
  },
  {
    name: "of-the-future",
    subscription: { status: "on_hold", items: [item(1, { interval: "decade" })] },
    says: ["on_hold", "$10.00", "Renews on 1 December 2026"],
    offers: [change, pause, cancel],
  },
];
