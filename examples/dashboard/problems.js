// What a person is told, and what they can do, when the portal does not open. Nothing here touches the page.

/**
 * @typedef {object} Problem
 * @property {string} title    What happened, in a few words.
 * @property {string} text     What it means for the person.
 * @property {"sign-in" | "retry" | "reload" | "portal" | "own-window" | null} action  What a click should do, if anything.
 * @property {string} [label]  What the button says.
 * @property {number} [wait]   Seconds before the click makes sense.
 * @property {{ href: string, text: string }} [link]  Where else the person can go.
 * @property {boolean} [reference]  Whether support needs the request's identifier.
 */

/**
 * Describes what went wrong.
 *
 * @param {unknown} error  What a function of the client has thrown.
 * @param {import("./words.js").Words} words
 * @param {boolean} deepLink  Whether one flow of the portal was asked for, rather than its first page.
 * @returns {Problem}
 */
export function describe(error, words, deepLink = false) {
  const { code, retryAfter, body } = /** @type {any} */ (error) ?? {};
  const { text } = words;
  const ours = text("ours");
  const about = (name) => ({ title: text(`${name}_title`), text: text(`${name}_text`, { ours }) });
  const retry = { action: "retry", label: text("try_again"), wait: retryAfter ?? 0 };
  switch (code) {
    case "unauthorized":
      return { ...about("unauthorized"), action: "sign-in", label: text("sign_in_again") };
    case "no_stripe_customer":
      return { ...about("no_customer"), action: null, link: { href: "#plans", text: text("see_plans") } };
    case "forbidden":
      return { ...about("forbidden"), action: null };
    case "already_subscribed":
      return { ...about("subscribed"), action: "reload", label: text("show_plan") };
    case "insufficient_balance": {
      const values = { cost: count(body?.required_cost, words), balance: count(body?.current_balance, words) };
      return {
        title: text("balance_title"),
        text: text("balance_text", values) + refill(body, words),
        action: null,
        link: { href: web(body?.upgrade_url) ?? "#plans", text: text("upgrade") },
      };
    }
    case "rate_limited":
      return { ...retry, ...about("limited") };
    case "invalid_request":
      return deepLink
        ? { ...about("shortcut"), action: "portal", label: text("open_portal"), reference: true }
        : { ...retry, title: text("refused_title"), text: ours, reference: true };
    case "stripe_unavailable":
    case "keys_unavailable":
    case "store_unavailable":
    case "internal_error":
      return { ...retry, ...about("away"), reference: true };
    case "portal_not_configured":
    case "stripe_rejected":
    case "misconfigured":
      return { ...retry, ...about("broken"), reference: true };
    case "network_error":
      return { ...retry, ...about("offline") };
    case "framed":
      return { ...about("framed"), action: "own-window", label: text("own_window") };
    default:
      // Codes that do not exist yet, answers of something in between, and faults of this page.
      return { ...retry, title: text("unknown_title"), text: ours, reference: true };
  }
}

/**
 * Describes why a list cannot be shown.
 *
 * @param {unknown} error  The exception of `listInvoices` or `listPayments`.
 * @param {"invoices" | "payments"} things
 * @param {import("./words.js").Words} words
 * @returns {{ text: string, wait: number, signedOut: boolean }}  `wait` is in seconds.
 */
export function describeList(error, things, { text }) {
  const { code, retryAfter, requestId } = /** @type {any} */ (error) ?? {};
  const known = ["unauthorized", "rate_limited", "network_error"].includes(code);
  const reference = !known && requestId ? ` ${text("problem_reference", { id: requestId })}` : "";
  return {
    text: text(known ? `list_${code}` : "list_failed", { things: text(things) }) + reference,
    wait: retryAfter ?? 0,
    signedOut: code === "unauthorized",
  };
}

function count(tokens, words) {
  const number = tokens ?? 0;
  return number === 1 ? words.text("token") : words.text("tokens", { count: words.number(number) });
}

function refill(body, words) {
  const at = new Date(body?.next_refill_at ?? NaN).getTime() / 1000;
  return Number.isNaN(at) ? "" : words.text("balance_refill", { date: words.day(at, "long") });
}

/** An address for a link, if it is one of the web: never a script. */
function web(address) {
  const known = typeof address === "string" && URL.canParse(address);
  return known && /^https?:$/.test(new URL(address).protocol) ? address : null;
}
