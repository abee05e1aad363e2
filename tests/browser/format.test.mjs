// How amounts, days and states are written on the account page. No browser is needed: what writes them is pure.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const PAGE = fileURLToPath(new URL("../../examples/dashboard", import.meta.url));
// The page's scripts are modules for browsers, in a folder that is no package for Node.js.
const module = (name) => import(`data:text/javascript,${encodeURIComponent(readFileSync(join(PAGE, name), "utf8"))}`);
const { money, day, invoiceRow, paymentRow } = await module("format.js");
const { describeList } = await module("problems.js");

// Days are those of the time zone in which the page is read.
process.env.TZ = "UTC";

/** As it is written, but with the spaces that are there to be typed. */
const plain = (text) => text.replaceAll(/[\u00a0\u202f]/g, " ");

for (const [amount, currency, locale, written] of [
  [1200, "usd", "en-US", "$12.00"],
  [1200, "usd", "en-GB", "US$12.00"],
  [1205, "eur", "de-DE", "12,05 €"],
  [123456789, "eur", "de-DE", "1.234.567,89 €"],
  [123456789, "inr", "en-IN", "₹12,34,567.89"],
  [5, "gbp", "en-GB", "£0.05"],
  [0, "usd", "en-US", "$0.00"],
  [-1250, "usd", "en-US", "-$12.50"],
  // Stripe counts whole yen, and so does everybody.
  [1200, "jpy", "ja-JP", "￥1,200"],
  [1200, "jpy", "en-US", "¥1,200"],
  [1200, "krw", "ko-KR", "₩1,200"],
  [1200, "vnd", "vi-VN", "1.200 ₫"],
  // Thousandths, where a currency has them.
  [1230, "kwd", "en-US", "KWD 1.230"],
  [1230, "bhd", "en-US", "BHD 1.230"],
  [1230, "tnd", "en-US", "TND 1.230"],
  // Stripe counts hundredths of some currencies that are usually shown without: nothing may be a hundred times as much.
  [50000, "isk", "en-US", "ISK 500"],
  [50000, "ugx", "en-US", "UGX 500"],
  [104500, "huf", "en-US", "HUF 1,045"],
  [104545, "huf", "en-US", "HUF 1,045.45"],
  [5000000, "idr", "en-US", "IDR 50,000"],
  // It is what Stripe says that counts, also where a code is none that browsers know.
  [1200, "xyz", "en-US", "XYZ 12.00"],
  [1200, "usdc", "en-US", "12 usdc"],
  // Amounts of this size are still exact.
  [90071992547409, "usd", "en-US", "$900,719,925,474.09"],
]) {
  test(`${amount} of ${currency} is ${written} in ${locale}`, () => {
    assert.equal(plain(money(amount, currency, locale)), written);
  });
}

test("Every currency of Stripe is written as the number that it is", () => {
  // Its presentment currencies, and the decimals in which it counts them (https://docs.stripe.com/currencies).
  const decimals = {
    0: "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf",
    2: `aed afn all amd ang aoa ars aud awg azn bam bbd bdt bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk
      dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak
      lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar
      ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs wst xcd yer
      zar zmw`,
    3: "bhd jod kwd omr tnd",
  };
  for (const [count, currencies] of Object.entries(decimals)) {
    for (const currency of currencies.split(/\s+/)) {
      for (const amount of [123456, 120000]) {
        const number = Number(money(amount, currency, "en-US").replaceAll(/[^0-9.]/g, ""));
        assert.equal(number, amount / 10 ** Number(count), `${amount} ${currency}`);
      }
    }
  }
});

test("A day is written in the words of the locale", () => {
  assert.equal(day(1793534400, "en-GB"), "1 Nov 2026");
  assert.equal(day(1793534400, "en-US"), "Nov 1, 2026");
  assert.equal(day(1793534400, "de-DE"), "01.11.2026");
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
    const told = invoiceRow({ ...INVOICE, ...changes }, NOW, "en-US");
    for (const [member, value] of Object.entries(row)) assert.equal(told[member], value, member);
  });
}

test("An invoice has the links that Portico gives, with names that say it all", () => {
  const { hosted_invoice_url, invoice_pdf } = INVOICE;
  const pdf = { text: "PDF", name: "PDF of invoice QUILL-0001", href: invoice_pdf };
  const links = (changes) => invoiceRow({ ...INVOICE, ...changes }, NOW, "en-US").links;

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
    const told = paymentRow({ ...PAYMENT, ...changes }, "en-US");
    for (const [member, value] of Object.entries(row)) assert.equal(told[member], value, member);
  });
}

test("A payment has a receipt where Portico gives one", () => {
  const [receipt, ...more] = paymentRow(PAYMENT, "en-US").links;

  assert.deepEqual(receipt, {
    text: "Receipt",
    name: "Receipt of the payment of Nov 1, 2026",
    href: PAYMENT.receipt_url,
  });
  assert.deepEqual(more, []);
  assert.deepEqual(paymentRow({ ...PAYMENT, receipt_url: null }, "en-US").links, []);
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
    assert.deepEqual(describeList(error, "invoices"), told);
  });
}
