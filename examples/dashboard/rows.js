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

/**
 * @param {import("portico-billing").Invoice} invoice
 * @param {number} now  In seconds since 1970.
 * @param {import("./words.js").Words} words
 * @returns {Row}
 */
export function invoiceRow(invoice, now, words) {
  const { number: given, description, currency, total, created, hosted_invoice_url, invoice_pdf } = invoice;
  const { text } = words;
  const number = given ?? text("invoice_without_number");
  const view = invoice.status === "open" ? "invoice_pay" : "invoice_view";
  return {
    date: words.day(created),
    title: number,
    note: description,
    ...invoiceStatus(invoice, now, words),
    amount: words.amount(total, currency),
    links: [
      link(text(view), text(`${view}_name`, { number }), hosted_invoice_url),
      link(text("invoice_pdf"), text("invoice_pdf_name", { number }), invoice_pdf),
    ].filter(Boolean),
  };
}

function invoiceStatus({ status, due_date, amount_remaining, currency }, now, words) {
  const { text } = words;
  switch (status) {
    case "paid":
      return { status: text("invoice_paid"), mood: "good" };
    case "open": {
      const amount = words.amount(amount_remaining, currency);
      const say = (what) => text(amount ? `invoice_amount_${what}` : `invoice_${what}`, { amount, date: words.day(due_date) });
      if (due_date === null) return { status: say("to_pay"), mood: "waiting" };
      return due_date < now ? { status: say("overdue"), mood: "bad" } : { status: say("due"), mood: "waiting" };
    }
    case "uncollectible":
      return { status: text("invoice_uncollectible"), mood: "bad" };
    case "void":
      return { status: text("invoice_void"), mood: "over" };
    default:
      // Stripe may have others some day.
      return { status: status ?? "", mood: "over" };
  }
}

/**
 * @param {import("portico-billing").Payment} payment
 * @param {import("./words.js").Words} words
 * @returns {Row}
 */
export function paymentRow(payment, words) {
  const { amount, currency, created, description, card, receipt_url } = payment;
  const { text } = words;
  const date = words.day(created);
  const name = text(date ? "receipt_name" : "receipt_name_undated", { date });
  return {
    date,
    title: description ?? text("payment"),
    note: card ? cardName(card, words) : null,
    ...paymentStatus(payment, words),
    amount: words.amount(amount, currency),
    links: [link(text("receipt"), name, receipt_url)].filter(Boolean),
  };
}

function paymentStatus({ type, amount, amount_refunded, currency }, words) {
  const { text } = words;
  if (type === "failed_payment") return { status: text("payment_failed"), mood: "bad" };
  if (type === "pending_payment") return { status: text("payment_pending"), mood: "waiting" };
  if (!amount_refunded) return { status: text("payment_paid"), mood: "good" };
  if (amount !== null && amount_refunded >= amount) return { status: text("payment_refunded"), mood: "over" };
  return { status: text("payment_refunded_part", { amount: words.amount(amount_refunded, currency) }), mood: "over" };
}

const BRANDS = {
  amex: "American Express",
  cartes_bancaires: "Cartes Bancaires",
  diners: "Diners Club",
  eftpos_au: "eftpos",
  jcb: "JCB",
  unionpay: "UnionPay",
};

function cardName({ brand: given, last4 }, { text }) {
  const known = given && given !== "unknown";
  const brand = known ? (BRANDS[given] ?? given[0].toUpperCase() + given.slice(1)) : text("card");
  return last4 ? text("card_ending", { brand, last4 }) : brand;
}

/** A link, where there is an address. */
function link(text, name, href) {
  return href === null ? null : { text, name, href };
}
