// The JavaScript client of Portico. It has no dependencies and no state, and importing it does nothing.
// The types are in portico.d.ts, and `tsc` checks this file against them.

/**
 * A call that failed.
 *
 * `code` says why: one of Portico's error codes, or `network_error` (no answer; see `cause`), `invalid_answer` (an
 * answer that is not Portico's) or `framed` (the page is in a frame). `status` is the answer's HTTP status, or 0.
 * `requestId` leads to the line in Portico's log. `retryAfter` is in seconds. `body` is the body of Portico's answer.
 * The last three are `null` where they are not known.
 *
 * @type {typeof import("./portico.d.ts").PorticoError}
 */
export const PorticoError = /** @type {any} */ (
  class extends Error {
    /** @type {"PorticoError"} */
    name = "PorticoError";

    /**
     * @param {import("./portico.d.ts").PorticoErrorCode} code
     * @param {string} message
     * @param {import("./portico.d.ts").PorticoErrorDetails} [details]
     */
    constructor(code, message, details = {}) {
      super(message, details);
      const { status = 0, requestId = null, retryAfter = null, body = null } = details;
      Object.assign(this, { code, status, requestId, retryAfter, body });
    }
  }
);

/**
 * Opens the caller's Stripe Customer Portal: asks Portico for a session, then sends the browser there. It resolves once
 * the navigation has been started.
 *
 * `endpoint` is Portico's base URL, and `""` the page's own origin. `getToken` gives the access token. `flow`, `locale`
 * and `returnPath` are optional, and Portico judges them. An aborted `signal` rejects with its own reason, and an error
 * of `getToken` is passed on unchanged; all other failures are a `PorticoError`.
 *
 * @type {typeof import("./portico.d.ts").openBillingPortal}
 */
export async function openBillingPortal({ flow, locale, returnPath, ...options }) {
  return leave("/api/v1/account/billing-portal", { flow, locale, return_path: returnPath }, options);
}

/**
 * Starts a checkout of one of the operator's prices: asks Portico for Stripe's page, then sends the browser there, as
 * `openBillingPortal` does. A user who has a subscription already gets `already_subscribed`.
 *
 * @type {typeof import("./portico.d.ts").startCheckout}
 */
export async function startCheckout({ price, quantity, locale, successPath, cancelPath, ...options }) {
  const choice = { price, quantity, locale, success_path: successPath, cancel_path: cancelPath };
  return leave("/api/v1/billing/checkout", choice, options);
}

/**
 * Asks whether the portal would open for the caller, and what the caller has. It costs nothing and is not limited, so a
 * page can ask before it shows a button. It fails as `openBillingPortal` does.
 *
 * @type {typeof import("./portico.d.ts").getAccount}
 */
export function getAccount(options) {
  return call("GET", "/api/v1/account/balance", options, account);
}

/**
 * Lets Portico read the caller's record anew from Stripe, and gives the account as `getAccount` does. A page calls it
 * when the user comes back from a checkout: Stripe's event may not have come yet. Portico limits it as it limits the
 * portal.
 *
 * @type {typeof import("./portico.d.ts").syncAccount}
 */
export function syncAccount(options) {
  return call("POST", "/api/v1/billing/sync", options, account);
}

/**
 * Lists the caller's invoices, the newest first. Awaited it is one page; in `for await` it is all invoices from there
 * on, page after page. `limit` is a page's length, and `startingAfter` the invoice before the page.
 *
 * The links are credentials, which admit their bearer: show them, and keep them nowhere.
 *
 * @type {typeof import("./portico.d.ts").listInvoices}
 */
export function listInvoices(options) {
  return list("/api/v1/billing/invoices", "data", options);
}

/**
 * Lists the caller's payments, the newest first, as `listInvoices` lists invoices.
 *
 * @type {typeof import("./portico.d.ts").listPayments}
 */
export function listPayments(options) {
  return list("/api/v1/billing/history", "transactions", options);
}

/**
 * Lists the caller's subscriptions that are not over, the newest first, as Stripe has them now. There is one page.
 *
 * @type {typeof import("./portico.d.ts").listSubscriptions}
 */
export function listSubscriptions(options) {
  return call("GET", "/api/v1/billing/subscriptions", options, pageOf("data"));
}

/**
 * Has Portico make a page of Stripe's, and sends the browser there.
 *
 * @param {string} path
 * @param {object} choice What the caller wants; members that are undefined are not sent.
 * @param {import("./portico.d.ts").LeavingOptions} options
 */
async function leave(path, choice, { navigate, ...options }) {
  // Stripe's pages refuse to be framed, and the assignment below would load them into the frame. It is told before
  // anything is sent, because a session that nobody can see is still a session.
  if (!navigate && (!globalThis.window || window.top !== window.self)) {
    throw new PorticoError("framed", "Stripe's pages need a window of their own.");
  }
  const body = JSON.stringify(choice);
  const url = await call("POST", path, options, stripesUrl, body === "{}" ? null : body);
  // The signal may have been aborted since the answer was read. From here on nothing waits.
  throwIfAborted(options.signal);
  // The address lets whoever has it into the customer's billing. It goes to the browser and is not returned, so that no
  // caller can log it, keep it or put it in a frame.
  if (navigate) {
    await navigate(url);
  } else {
    window.location.href = url;
  }
}

/**
 * Asks for one page at once, and for the next ones as they are iterated over.
 *
 * @param {string} path
 * @param {string} name The member of a page that has its items.
 * @param {import("./portico.d.ts").ListOptions} options
 * @returns {import("./portico.d.ts").List<any, any>}
 */
function list(path, name, { limit, startingAfter, ...options }) {
  /**
   * @param {number | undefined} limit
   * @param {string | undefined} startingAfter
   */
  const ask = async (limit, startingAfter) => {
    // JSON leaves out what is undefined; a query would have the word.
    const query = `${new URLSearchParams(JSON.parse(JSON.stringify({ limit, starting_after: startingAfter })))}`;
    return call("GET", path + (query && "?") + query, options, pageOf(name));
  };
  const first = ask(limit, startingAfter);
  return Object.assign(first, {
    async *[Symbol.asyncIterator]() {
      let [page, length, last] = [await first, limit, startingAfter];
      for (;;) {
        for (const item of page[name]) {
          throwIfAborted(options.signal);
          yield item;
          last = item.id;
        }
        if (!page.has_more) {
          return;
        }
        // Portico leaves drafts out, and their identifiers are not known. So a page that was all drafts is asked for
        // again, longer, until something that can be shown comes after them.
        if (!page[name].length) {
          if (length === 100) {
            throw new PorticoError("invalid_answer", "A page of 100 has none of the items that remain.");
          }
          length = 100;
        }
        page = await ask(length, last);
      }
    },
  });
}

/**
 * Makes one request. There are no retries: Portico itself retries towards Stripe, and a second POST would make a second
 * session and count a second time.
 *
 * @template T
 * @param {string} method
 * @param {string} path
 * @param {import("./portico.d.ts").RequestOptions} options
 * @param {(answer: any) => T | null} read Gives what a good answer holds; `null` if it is not Portico's.
 * @param {string | null} [body] JSON; without it no body is sent.
 * @returns {Promise<T>}
 */
async function call(method, path, { endpoint, getToken, signal = null }, read, body = null) {
  try {
    const url = endpoint.replace(/\/$/, "") + path;
    const token = await tokenUnlessAborted(getToken, signal);
    // A JWT consists of visible ASCII characters. With others, a header could not be sent or would not be what it was.
    if (!/^[!-~]+$/.test(token ?? "")) {
      throw new PorticoError("unauthorized", "getToken gave no access token.");
    }
    // Inside of a function of its own, `fetch` may also throw or be missing.
    const response = await (async () =>
      fetch(url, {
        method,
        // Without a name for its type, a body would be sent as text/plain, which Portico refuses.
        headers: { Authorization: `Bearer ${token}`, ...(body && { "Content-Type": "application/json" }) },
        body,
        // Where "error" is not known: what answers with a redirect is not followed either.
        redirect: "manual",
        ...understood(),
        signal,
      }))().catch((cause) => {
      throw new PorticoError("network_error", "Portico could not be reached.", { cause });
    });
    const { ok, status, headers } = response;
    const retryAfter = headers.get("Retry-After") ?? "";
    const details = {
      status,
      requestId: headers.get("X-Request-Id"),
      // Portico sends seconds. A date, as a proxy may send it, means nothing to a clock that is wrong.
      retryAfter: /^\d+$/.test(retryAfter) ? +retryAfter : null,
    };
    const answer = await response.json().catch(() => null);
    const value = ok && read(answer);
    if (value) {
      return value;
    }
    if (!ok && typeof answer?.error === "string") {
      throw new PorticoError(answer.error, answer.message ?? answer.error, {
        ...details,
        requestId: answer.request_id ?? details.requestId,
        body: answer,
      });
    }
    // A proxy's error page, for example. What it holds is not passed on: it could be a session's address.
    throw new PorticoError("invalid_answer", `The answer with status ${status} is not Portico's.`, details);
  } catch (error) {
    // Whatever fails after an abort fails because of it, and is told as `fetch` tells it: with the signal's own reason.
    throwIfAborted(signal);
    throw error;
  }
}

/**
 * Of what a request should be like, the part that this platform's `fetch` understands. In Cloudflare Workers it throws
 * at the rest. React Native's has another meaning for `cache`: a parameter in the URL, which Portico refuses.
 *
 * @returns {RequestInit}
 */
function understood() {
  return Object.fromEntries(
    Object.entries({
      cache: "no-store",
      // Portico knows the caller by the token alone, so cookies are not its business.
      credentials: "omit",
      // Portico never redirects, so whoever does is not meant to have the token.
      redirect: "error",
      // The page's path and query may tell about the user; its origin is in the Origin header anyway.
      referrerPolicy: "strict-origin",
    }).filter(([name, value]) => {
      try {
        return /** @type {any} */ (new Request("https://a", { [name]: value }))[name] === value;
      } catch {
        return false;
      }
    }),
  );
}

/**
 * Does what the signal's own method does, which React Native's signals lacked for long.
 *
 * @param {AbortSignal | null} [signal]
 */
function throwIfAborted(signal) {
  if (signal?.aborted) {
    throw signal.reason ?? Object.assign(new Error("Aborted"), { name: "AbortError" });
  }
}

/**
 * Calls `getToken`, and does not wait for it any longer when the signal is aborted.
 *
 * It is called without arguments, because pages pass functions of identity providers' libraries that take options.
 *
 * @param {import("./portico.d.ts").RequestOptions["getToken"]} getToken
 * @param {AbortSignal | null} signal
 * @returns {Promise<string | null | undefined>}
 */
function tokenUnlessAborted(getToken, signal) {
  return new Promise((resolve, reject) => {
    throwIfAborted(signal);
    // What it is rejected with does not matter, since `call` throws the signal's reason instead. A page may have one
    // signal for a long time, so the listener is removed again.
    signal?.addEventListener("abort", reject);
    (async () => getToken())().then(resolve, reject).finally(() => signal?.removeEventListener("abort", reject));
  });
}

/**
 * The address of Stripe's page, as the browser understands it; `null` if there is none that may be navigated to. Portico
 * checks the host. This is about what would not be a navigation at all: a `javascript:` URL would run in the page.
 *
 * @param {any} answer
 * @returns {string | null}
 */
function stripesUrl(answer) {
  try {
    const { protocol, href } = new URL(answer.url);
    return /^https?:$/.test(protocol) ? href : null;
  } catch {
    return null;
  }
}

/**
 * Makes a function that gives the answer, if it is a page of a list.
 *
 * @param {string} name The member of a page that has its items.
 */
function pageOf(name) {
  /** @param {any} answer */
  return (answer) => (answer?.[name]?.every?.(isItem) && typeof answer.has_more === "boolean" ? answer : null);
}

/**
 * Whether it can be an item of a list. A page puts the links into anchors, where a `javascript:` URL would run when it is
 * clicked.
 *
 * @param {any} item
 */
function isItem(item) {
  return (
    typeof item?.id === "string" &&
    [item.hosted_invoice_url, item.invoice_pdf, item.receipt_url].every((link) => /^https?:/.test(link ?? "https:"))
  );
}

/**
 * The answer, if it is one about an account. Another page's JSON must not pass for "the portal will not open".
 *
 * @param {any} answer
 * @returns {import("./portico.d.ts").Account | null}
 */
function account(answer) {
  return typeof answer?.portal_available === "boolean" ? answer : null;
}
