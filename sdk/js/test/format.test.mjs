// Amounts, as they are written for a person.

import assert from "node:assert/strict";
import { test } from "node:test";

import { formatAmount } from "../format.js";

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
    assert.equal(plain(formatAmount(amount, currency, locale)), written);
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
        const number = Number(formatAmount(amount, currency, "en-US").replaceAll(/[^0-9.]/g, ""));
        assert.equal(number, amount / 10 ** Number(count), `${amount} ${currency}`);
      }
    }
  }
});

test("Where Stripe has no value, nothing is written", () => {
  assert.equal(formatAmount(null, "usd"), "");
  assert.equal(formatAmount(1200, null), "");
});

test("Without a locale, it is the platform's", () => {
  const usual = new Intl.NumberFormat(undefined, { style: "currency", currency: "usd" }).format(12);

  assert.equal(formatAmount(1200, "usd"), usual);
});
