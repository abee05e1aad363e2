// Amounts, as they are written for a person.

import assert from "node:assert/strict";
import { test } from "node:test";

import { formatAmount } from "../format.js";

/** Blanks of all widths are blanks to a reader. */
const plain = (text) => text.replace(/\s/g, " ");

for (const [amount, currency, locale, text] of [
  [1200, "usd", "en-US", "$12.00"],
  [1250, "EUR", "de-DE", "12,50 €"],
  [0, "usd", "en-US", "$0.00"],
  [-1200, "usd", "en-US", "-$12.00"],
  [123456789, "usd", "en-US", "$1,234,567.89"],
  // Whole units.
  [1200, "jpy", "en-US", "¥1,200"],
  [1200, "krw", "en-US", "₩1,200"],
  [1200, "clp", "en-US", "CLP 1,200"],
  // Thousandths.
  [1230, "kwd", "en-US", "KWD 1.230"],
  [1230, "jod", "en-US", "JOD 1.230"],
  // Hundredths at Stripe, although they are shown without decimals: not a hundred times as much.
  [120000, "isk", "en-US", "ISK 1,200"],
  [120000, "ugx", "en-US", "UGX 1,200"],
  // What would be left out is shown.
  [120050, "isk", "en-US", "ISK 1,200.50"],
  // Two decimals in Stripe's charges.
  [123450, "huf", "en-US", "HUF 1,234.50"],
  [123450, "twd", "en-US", "NT$1,234.50"],
  // Currencies that are no ISO code.
  [1200, "usdc", "en-US", "12 usdc"],
  [null, "usd", "en-US", ""],
  [1200, null, "en-US", ""],
]) {
  test(`${amount} of ${currency} is "${text}" in ${locale}`, () => {
    assert.equal(plain(formatAmount(amount, currency, locale)), text);
  });
}

test("Without a locale, it is the platform's", () => {
  const usual = new Intl.NumberFormat(undefined, { style: "currency", currency: "usd" }).format(12);

  assert.equal(formatAmount(1200, "usd"), usual);
});
