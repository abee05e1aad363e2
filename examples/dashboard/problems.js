// What a person is told, and what they can do, when the portal does not open. Nothing here touches the page.

/**
 * @typedef {object} Problem
 * @property {string} title    What happened, in a few words.
 * @property {string} text     What it means for the person.
 * @property {"sign-in" | "retry" | "portal" | "own-window" | null} action  What a click should do, if anything.
 * @property {string} [label]  What the button says.
 * @property {number} [wait]   Seconds before the click makes sense.
 * @property {{ href: string, text: string }} [link]  Where else the person can go.
 * @property {boolean} [reference]  Whether support needs the request's identifier.
 */

const OURS = "This is a fault on our side, and your subscription is not affected.";

/**
 * Describes what went wrong.
 *
 * @param {unknown} error  What `openBillingPortal` or `getAccount` has thrown.
 * @param {boolean} deepLink  Whether one flow of the portal was asked for, rather than its first page.
 * @returns {Problem}
 */
export function describe(error, deepLink = false) {
  const { code, retryAfter, body } = /** @type {any} */ (error) ?? {};
  const retry = { action: "retry", label: "Try again", wait: retryAfter ?? 0 };
  switch (code) {
    case "unauthorized":
      return {
        title: "Please sign in again",
        text: "Your session has ended. Nothing has changed in your account.",
        action: "sign-in",
        label: "Sign in again",
      };
    case "no_stripe_customer":
      return {
        title: "There is nothing to manage yet",
        text: "There are no invoices and no payment method for your account yet.",
        action: null,
        link: { href: "#plans", text: "See the plans" },
      };
    case "insufficient_balance":
      return {
        title: "You have too few tokens",
        text: `This costs ${count(body?.required_cost)}, and you have ${count(body?.current_balance)}.${refill(body)}`,
        action: null,
        link: { href: web(body?.upgrade_url) ?? "#plans", text: "Upgrade" },
      };
    case "rate_limited":
      return {
        ...retry,
        title: "That was a little too often",
        text: "You can open the portal again in a moment.",
      };
    case "invalid_request":
      return deepLink
        ? {
            title: "This shortcut is not available",
            text: "Your subscription does not allow it, or has changed. The billing portal has all your options.",
            action: "portal",
            label: "Open the billing portal",
            reference: true,
          }
        : { ...retry, title: "The billing portal did not open", text: OURS, reference: true };
    case "stripe_unavailable":
    case "keys_unavailable":
    case "store_unavailable":
    case "internal_error":
      return {
        ...retry,
        title: "The billing portal is out of reach",
        text: `${OURS} It usually passes within a minute.`,
        reference: true,
      };
    case "portal_not_configured":
    case "stripe_rejected":
    case "misconfigured":
      return {
        ...retry,
        title: "The billing portal is not available",
        text: `${OURS} Please tell support the reference below, and we will set it right.`,
        reference: true,
      };
    case "network_error":
      return {
        ...retry,
        title: "We cannot be reached",
        text: "Please look at your connection, and try again.",
      };
    case "framed":
      return {
        title: "Please open this page in a window of its own",
        text: "Our payment provider does not show its pages inside of others.",
        action: "own-window",
        label: "Open in a new window",
      };
    default:
      // Codes that do not exist yet, answers of something in between, and faults of this page.
      return { ...retry, title: "Something went wrong", text: OURS, reference: true };
  }
}

/**
 * Describes why a list cannot be shown.
 *
 * @param {unknown} error  The exception of `listInvoices` or `listPayments`.
 * @param {string} things  The plural of its items, such as "invoices".
 * @returns {{ text: string, wait: number, signedOut: boolean }}  `wait` is in seconds.
 */
export function describeList(error, things) {
  const { code, retryAfter, requestId } = /** @type {any} */ (error) ?? {};
  const text = {
    unauthorized: `Sign in again to see your ${things}.`,
    rate_limited: `Your ${things} were asked for a little too often.`,
    network_error: `Your ${things} cannot be loaded. Please look at your connection.`,
  }[code];
  const reference = requestId ? ` Reference: ${requestId}` : "";
  return {
    text: text ?? `Your ${things} cannot be shown now.${reference}`,
    wait: retryAfter ?? 0,
    signedOut: code === "unauthorized",
  };
}

function count(tokens) {
  const number = tokens ?? 0;
  return number === 1 ? "1 token" : `${number.toLocaleString("en-GB")} tokens`;
}

function refill(body) {
  const at = new Date(body?.next_refill_at ?? NaN);
  return Number.isNaN(at.getTime()) ? "" : ` New tokens come on ${at.toLocaleDateString("en-GB", { dateStyle: "long" })}.`;
}

/** An address for a link, if it is one of the web: never a script. */
function web(address) {
  const known = typeof address === "string" && URL.canParse(address);
  return known && /^https?:$/.test(new URL(address).protocol) ? address : null;
}
