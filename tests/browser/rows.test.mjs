// How invoices and payments are written on the billing page. No browser is needed: what writes them is pure.

import assert from "node:assert/strict";
import { test } from "node:test";

import { describeList } from "../../examples/dashboard/problems.js";
import { invoiceRow, paymentRow } from "../../examples/dashboard/rows.js";
import { wordsIn } from "./words.mjs";

// Days are those of the time zone in which the page is read.
process.env.TZ = "UTC";

const WORDS = wordsIn("en", ["en-US"]);

test("A day is written in the words of the locale", () => {
  assert.equal(wordsIn("en", ["fr-FR", "en-GB"]).day(1793534400), "1 Nov 2026");
  assert.equal(WORDS.day(1793534400), "Nov 1, 2026");
  assert.equal(WORDS.day(1793534400, "long"), "November 1, 2026");
  assert.equal(wordsIn("de", []).day(1793534400), "01.11.2026");
});

const NOW = 1793534400;
const DAY = 24 * 60 * 60;
const INVOICE = {
  id: "in_1",
  number: "QUILL-0001",
  status: "paid",
  description: null,
  currency: "usd",
  amount_due: 1200,
  amount_paid: 1200,
  amount_remaining: 0,
  total: 1200,
  created: NOW,
  due_date: null,
  period_start: NOW,
  period_end: NOW,
  hosted_invoice_url: "https://invoice.stripe.com/i/x",
  invoice_pdf: "https://pay.stripe.com/invoice/x/pdf",
};
const open = { status: "open", amount_paid: 200, amount_remaining: 1000 };

for (const [what, changes, row] of [
  ["is paid", {}, { status: "Paid", mood: "good" }],
  ["is open", open, { status: "$10.00 to pay", mood: "waiting" }],
  ["is due", { ...open, due_date: NOW + DAY }, { status: "$10.00 due by Nov 2, 2026", mood: "waiting" }],
  ["is overdue", { ...open, due_date: NOW - DAY }, { status: "$10.00 overdue since Oct 31, 2026", mood: "bad" }],
  ["is given up", { status: "uncollectible" }, { status: "Not paid", mood: "bad" }],
  ["is void", { status: "void" }, { status: "Cancelled", mood: "over" }],
  ["is in a state of the future", { status: "on_hold" }, { status: "on_hold", mood: "over" }],
  ["is in no state", { status: null }, { status: "", mood: "over" }],
  ["has no number", { number: null }, { title: "Without a number" }],
  ["has a description", { description: "Thank you" }, { note: "Thank you" }],
  ["is a credit", { total: -500, currency: "jpy" }, { amount: "-¥500" }],
  ["has no amounts", { ...open, amount_remaining: null, total: null }, { status: "To pay", amount: "" }],
  ["has no currency", { currency: null }, { amount: "" }],
  ["has no date", { created: null }, { date: "" }],
]) {
  test(`An invoice that ${what} is told as such`, () => {
    const told = invoiceRow({ ...INVOICE, ...changes }, NOW, WORDS);
    for (const [member, value] of Object.entries(row)) assert.equal(told[member], value, member);
  });
}

test("An invoice has the links that Portico gives, with names that say it all", () => {
  const { hosted_invoice_url, invoice_pdf } = INVOICE;
  const pdf = { text: "PDF", name: "PDF of invoice QUILL-0001", href: invoice_pdf };
  const links = (changes) => invoiceRow({ ...INVOICE, ...changes }, NOW, WORDS).links;

  assert.deepEqual(links({}), [{ text: "View", name: "View invoice QUILL-0001", href: hosted_invoice_url }, pdf]);
  assert.deepEqual(links(open)[0], { text: "Pay", name: "Pay invoice QUILL-0001", href: hosted_invoice_url });
  assert.deepEqual(links({ hosted_invoice_url: null }), [pdf]);
  assert.deepEqual(links({ hosted_invoice_url: null, invoice_pdf: null }), []);
});

const PAYMENT = {
  id: "ch_1",
  type: "payment",
  amount: 1200,
  amount_refunded: 0,
  currency: "usd",
  created: NOW,
  description: "Subscription update",
  card: { brand: "visa", last4: "4242" },
  receipt_url: "https://pay.stripe.com/receipts/x",
};

for (const [what, changes, row] of [
  ["has succeeded", {}, { status: "Paid", mood: "good", title: "Subscription update", note: "Visa ending in 4242" }],
  ["waits", { type: "pending_payment" }, { status: "Pending", mood: "waiting" }],
  ["has failed", { type: "failed_payment" }, { status: "Failed", mood: "bad", amount: "$12.00" }],
  ["was given back", { amount_refunded: 1200 }, { status: "Refunded", mood: "over" }],
  ["was given back in part", { amount_refunded: 250 }, { status: "$2.50 refunded", mood: "over" }],
  ["has no description", { description: null }, { title: "Payment" }],
  ["was no card's", { card: null }, { note: null }],
  ["was a card's of a brand with a name", { card: { brand: "amex", last4: "0005" } }, { note: "American Express ending in 0005" }],
  ["was a card's of an unknown brand", { card: { brand: "unknown", last4: "0005" } }, { note: "Card ending in 0005" }],
  ["was a card's that nothing is known of", { card: { brand: null, last4: null } }, { note: "Card" }],
  ["is in yen", { currency: "jpy" }, { amount: "¥1,200" }],
  ["has no amounts", { amount: null, amount_refunded: null }, { status: "Paid", amount: "" }],
  ["was given back in part of an amount that is not known", { amount: null, amount_refunded: 250 }, { status: "$2.50 refunded" }],
  ["has no date", { created: null }, { date: "" }],
]) {
  test(`A payment that ${what} is told as such`, () => {
    const told = paymentRow({ ...PAYMENT, ...changes }, WORDS);
    for (const [member, value] of Object.entries(row)) assert.equal(told[member], value, member);
  });
}

test("A payment has a receipt where Portico gives one", () => {
  const [receipt, ...more] = paymentRow(PAYMENT, WORDS).links;

  assert.deepEqual(receipt, {
    text: "Receipt",
    name: "Receipt of the payment of Nov 1, 2026",
    href: PAYMENT.receipt_url,
  });
  assert.deepEqual(more, []);
  assert.deepEqual(paymentRow({ ...PAYMENT, receipt_url: null }, WORDS).links, []);
});

for (const [error, told] of [
  [
    { code: "rate_limited", retryAfter: 7, requestId: "id" },
    { text: "Your invoices were asked for a little too often.", wait: 7, signedOut: false },
  ],
  [
    { code: "unauthorized", retryAfter: null, requestId: "id" },
    { text: "Sign in again to see your invoices.", wait: 0, signedOut: true },
  ],
  [
    { code: "network_error", retryAfter: null, requestId: null },
    { text: "Your invoices cannot be loaded. Please look at your connection.", wait: 0, signedOut: false },
  ],
  [
    { code: "stripe_rejected", retryAfter: null, requestId: "id" },
    { text: "Your invoices cannot be shown now. Reference: id", wait: 0, signedOut: false },
  ],
  [new TypeError("a fault of the page"), { text: "Your invoices cannot be shown now.", wait: 0, signedOut: false }],
  [undefined, { text: "Your invoices cannot be shown now.", wait: 0, signedOut: false }],
]) {
  test(`A list that cannot be had because of ${error?.code ?? error} is told as such`, () => {
    assert.deepEqual(describeList(error, "invoices", WORDS), told);
  });
}
