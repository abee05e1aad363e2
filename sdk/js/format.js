// How amounts are written for a person. It stands beside the client, which a page can load without it.

/**
 * Writes an amount for a person: with the decimals that the currency usually has, and with more where something would be
 * left out. `locale` is the browser's without it. Where Stripe has no value, the text is empty.
 *
 * Stripe's amounts are whole numbers in units of its own, which browsers do not know: they show a forint without
 * decimals, and Stripe counts hundredths of it.
 *
 * @type {typeof import("./format.d.ts").formatAmount}
 */
export function formatAmount(amount, currency, locale) {
  if (amount === null || currency === null) {
    return "";
  }
  const code = currency.toLowerCase();
  const decimals = WHOLE.includes(code) ? 0 : THOUSANDTHS.includes(code) ? 3 : 2;
  const value = amount / 10 ** decimals;
  if (!/^[a-z]{3}$/.test(code)) {
    return `${value.toLocaleString(locale)} ${currency}`;
  }
  const style = { style: /** @type {const} */ ("currency"), currency };
  const { maximumFractionDigits: usual = 2 } = new Intl.NumberFormat(locale, style).resolvedOptions();
  const hasMore = decimals > usual && amount % 10 ** (decimals - usual) !== 0;
  const digits = hasMore ? decimals : usual;
  return value.toLocaleString(locale, { ...style, minimumFractionDigits: digits, maximumFractionDigits: digits });
}

// The two lists, and hundredths for all others: https://docs.stripe.com/currencies. Icelandic krónur and Ugandan shillings
// are in neither, because Stripe counts hundredths of them, which are always 0.
const WHOLE = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" ");
const THOUSANDTHS = "bhd jod kwd omr tnd".split(" ");
