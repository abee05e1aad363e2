// How invoices and payments are written for a person. Nothing here touches the page, or knows what time it is.

/**
 * A row of a list.
 *
 * @typedef {object} Row
 * @property {string} date
 * @property {string} title
 * @property {string | null} note   Small print beside the title.
 * @property {string} status
 * @property {"good" | "waiting" | "bad" | "over"} mood  How the status looks.
 * @property {string} amount
 * @property {{ text: string, name: string, href: string }[]} links  `name` says it all to those who only hear it.
 */

// Stripe's amounts are whole numbers, in units that differ from currency to currency: the two lists, and hundredths for
// all others (https://docs.stripe.com/currencies). Browsers do not know these units. They know with
// how many decimals a currency is usually shown: none for forints and Icelandic krónur, of which Stripe counts hundredths.
const WHOLE = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" ");
const THOUSANDTHS = "bhd jod kwd omr tnd".split(" ");

/**
 * An amount as Stripe has it, in the words of a locale: with the decimals that the currency usually has, and with more
 * where something would be left out. Returns an empty text where Stripe has no value.
 *
 * @param {number | null} amount    In the currency's smallest unit at Stripe.
 * @param {string | null} currency  An ISO code, in lower case.
 * @param {Intl.LocalesArgument} [locale]  The browser's without it.
 * @returns {string}
 */
export function money(amount, currency, locale) {
  if (amount === null || currency === null) return "";
  const decimals = WHOLE.includes(currency) ? 0 : THOUSANDTHS.includes(currency) ? 3 : 2;
  const value = amount / 10 ** decimals;
  if (!/^[a-z]{3}$/.test(currency)) return `${value.toLocaleString(locale)} ${currency}`;
  const style = { style: "currency", currency };
  const usual = new Intl.NumberFormat(locale, style).resolvedOptions().maximumFractionDigits;
  const hasMore = decimals > usual && amount % 10 ** (decimals - usual) !== 0;
  const digits = hasMore ? decimals : usual;
  return value.toLocaleString(locale, { ...style, minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/**
 * A day in the words of a locale. Returns an empty text where Stripe has no value.
 *
 * @param {number | null} seconds  Since 1970.
 * @param {Intl.LocalesArgument} [locale]
 */
export function day(seconds, locale) {
  if (seconds === null) return "";
  return new Date(seconds * 1000).toLocaleDateString(locale, { dateStyle: "medium" });
}

/**
 * @param {import("portico-billing").Invoice} invoice
 * @param {number} now  In seconds since 1970.
 * @param {Intl.LocalesArgument} [locale]
 * @returns {Row}
 */
export function invoiceRow(invoice, now, locale) {
  const { number, description, currency, total, created, hosted_invoice_url, invoice_pdf } = invoice;
  const title = number ?? "Without a number";
  const isOpen = invoice.status === "open";
  return {
    date: day(created, locale),
    title,
    note: description,
    ...invoiceStatus(invoice, now, locale),
    amount: money(total, currency, locale),
    links: [
      link(isOpen ? "Pay" : "View", `invoice ${title}`, hosted_invoice_url),
      link("PDF", `of invoice ${title}`, invoice_pdf),
    ].filter(Boolean),
  };
}

function invoiceStatus({ status, due_date, amount_remaining, currency }, now, locale) {
  switch (status) {
    case "paid":
      return { status: "Paid", mood: "good" };
    case "open": {
      const left = money(amount_remaining, currency, locale);
      if (due_date === null) return { status: withAmount(left, "to pay"), mood: "waiting" };
      return due_date < now
        ? { status: withAmount(left, `overdue since ${day(due_date, locale)}`), mood: "bad" }
        : { status: withAmount(left, `due by ${day(due_date, locale)}`), mood: "waiting" };
    }
    case "uncollectible":
      return { status: "Not paid", mood: "bad" };
    case "void":
      return { status: "Cancelled", mood: "over" };
    default:
      // Stripe may have others some day.
      return { status: status ?? "", mood: "over" };
  }
}

/** Words behind an amount, or a sentence of their own where there is none. */
function withAmount(amount, words) {
  return amount ? `${amount} ${words}` : words[0].toUpperCase() + words.slice(1);
}

/**
 * @param {import("portico-billing").Payment} payment
 * @param {Intl.LocalesArgument} [locale]
 * @returns {Row}
 */
export function paymentRow(payment, locale) {
  const { amount, currency, created, description, card, receipt_url } = payment;
  const date = day(created, locale);
  return {
    date,
    title: description ?? "Payment",
    note: card ? cardName(card) : null,
    ...paymentStatus(payment, locale),
    amount: money(amount, currency, locale),
    links: [link("Receipt", date ? `of the payment of ${date}` : "of the payment", receipt_url)].filter(Boolean),
  };
}

function paymentStatus({ type, amount, amount_refunded, currency }, locale) {
  if (type === "failed_payment") return { status: "Failed", mood: "bad" };
  if (type === "pending_payment") return { status: "Pending", mood: "waiting" };
  if (!amount_refunded) return { status: "Paid", mood: "good" };
  if (amount !== null && amount_refunded >= amount) return { status: "Refunded", mood: "over" };
  return { status: withAmount(money(amount_refunded, currency, locale), "refunded"), mood: "over" };
}

const BRANDS = {
  amex: "American Express",
  cartes_bancaires: "Cartes Bancaires",
  diners: "Diners Club",
  eftpos_au: "eftpos",
  jcb: "JCB",
  unionpay: "UnionPay",
};

function cardName({ brand, last4 }) {
  const name = brand && brand !== "unknown" ? (BRANDS[brand] ?? brand[0].toUpperCase() + brand.slice(1)) : "Card";
  return last4 ? `${name} ending in ${last4}` : name;
}

/** A link, where there is an address. */
function link(text, of, href) {
  return href === null ? null : { text, name: `${text} ${of}`, href };
}
