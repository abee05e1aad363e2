// Invoices, payments and synchronised accounts in Portico's place, in the form that it has for them.

import { BALANCE } from "./host.mjs";

export const INVOICES = "/api/v1/billing/invoices";
export const HISTORY = "/api/v1/billing/history";
export const SYNC = "/api/v1/billing/sync";
export const SUBSCRIPTIONS = "/api/v1/billing/subscriptions";
export const CHECKOUT = "/api/v1/billing/checkout";

/** A time in seconds, counted in days from 1 November 2026, at noon. */
export const at = (days) => 1793534400 + days * 24 * 60 * 60;

/** An invoice, paid unless `changes` say otherwise. */
export function invoice(number, changes = {}) {
  const amount = changes.total ?? 1200;
  return {
    id: `in_Demo${number}`,
    number: `QUILL-${String(number).padStart(4, "0")}`,
    status: "paid",
    description: null,
    currency: "usd",
    amount_due: amount,
    amount_paid: amount,
    amount_remaining: 0,
    total: amount,
    created: at(-30 * number),
    due_date: null,
    period_start: at(-30 * number - 30),
    period_end: at(-30 * number),
    hosted_invoice_url: `https://invoice.stripe.com/i/acct_Demo/test_page${number}`,
    invoice_pdf: `https://pay.stripe.com/invoice/acct_Demo/test_document${number}/pdf`,
    ...changes,
  };
}

/** A payment that has succeeded, unless `changes` say otherwise. */
export function payment(number, changes = {}) {
  return {
    id: `ch_Demo${number}`,
    type: "payment",
    amount: 1200,
    amount_refunded: 0,
    currency: "usd",
    created: at(-30 * number),
    description: "Subscription update",
    card: { brand: "visa", last4: "4242" },
    receipt_url: `https://pay.stripe.com/receipts/payment/test_receipt${number}`,
    ...changes,
  };
}

/** An error answer. */
export function refusal(status, error, headers = {}) {
  const request_id = "3f0c7f4e-0000-4000-8000-000000000002";
  return { status, headers, json: { error, message: "For a developer.", request_id } };
}

/**
 * Answers a page's lists in Portico's place. Each is an array of items, or a function that is given the request's query
 * and gives an answer for Playwright's `fulfill`, perhaps later. Gives the queries that came.
 */
export async function bill(page, host, { invoices = [], payments = [] }) {
  const queries = { invoices: [], payments: [] };
  for (const [path, name, member, list] of [
    [INVOICES, "invoices", "data", invoices],
    [HISTORY, "payments", "transactions", payments],
  ]) {
    await page.route(
      (url) => url.origin === host.origin && url.pathname === path,
      async (route) => {
        const { searchParams } = new URL(route.request().url());
        queries[name].push(Object.fromEntries(searchParams));
        const answer = typeof list === "function" ? await list(searchParams) : { json: pageOf(list, member, searchParams) };
        await route.fulfill(answer);
      },
    );
  }
  return queries;
}

/**
 * Answers what the page asks of the account and of its subscriptions in Portico's place: `account` as the gate and a
 * synchronisation have it, and `subscriptions`, or a function that gives an answer for Playwright's `fulfill`.
 */
export async function subscribed(page, host, account, subscriptions) {
  for (const path of [BALANCE, SYNC]) await page.route(host.origin + path, (route) => route.fulfill({ json: account }));
  await page.route(host.origin + SUBSCRIPTIONS, async (route) => {
    const answer = typeof subscriptions === "function" ? await subscriptions() : { json: { data: subscriptions, has_more: false } };
    await route.fulfill(answer);
  });
}

/** A page of `items` as Portico cuts it: drafts are left out, and yet are counted. */
export function pageOf(items, member, query) {
  const limit = Number(query.get("limit") ?? 10);
  const begin = items.findIndex(({ id }) => id === query.get("starting_after")) + 1;
  const shown = items.slice(begin, begin + limit).filter(({ status }) => status !== "draft");
  return { [member]: shown, has_more: begin + limit < items.length };
}
