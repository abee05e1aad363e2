var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __defNormalProp = (obj, key, value) => key in obj ? __defProp(obj, key, { enumerable: true, configurable: true, writable: true, value }) : obj[key] = value;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);
var __publicField = (obj, key, value) => __defNormalProp(obj, typeof key !== "symbol" ? key + "" : key, value);
var stdin_exports = {};
__export(stdin_exports, {
  PorticoError: () => PorticoError,
  getAccount: () => getAccount,
  listInvoices: () => listInvoices,
  listPayments: () => listPayments,
  listSubscriptions: () => listSubscriptions,
  openBillingPortal: () => openBillingPortal,
  startCheckout: () => startCheckout,
  syncAccount: () => syncAccount
});
module.exports = __toCommonJS(stdin_exports);
const PorticoError = (
  /** @type {any} */
  class extends Error {
    /**
     * @param {import("./portico.d.ts").PorticoErrorCode} code
     * @param {string} message
     * @param {import("./portico.d.ts").PorticoErrorDetails} [details]
     */
    constructor(code, message, details = {}) {
      super(message, details);
      /** @type {"PorticoError"} */
      __publicField(this, "name", "PorticoError");
      const { status = 0, requestId = null, retryAfter = null, body = null } = details;
      Object.assign(this, { code, status, requestId, retryAfter, body });
    }
  }
);
async function openBillingPortal({ flow, locale, returnPath, ...options }) {
  return leave("/api/v1/account/billing-portal", { flow, locale, return_path: returnPath }, options);
}
async function startCheckout({ price, quantity, locale, successPath, cancelPath, ...options }) {
  const choice = { price, quantity, locale, success_path: successPath, cancel_path: cancelPath };
  return leave("/api/v1/billing/checkout", choice, options);
}
function getAccount(options) {
  return call("GET", "/api/v1/account/balance", options, account);
}
function syncAccount(options) {
  return call("POST", "/api/v1/billing/sync", options, account);
}
function listInvoices(options) {
  return list("/api/v1/billing/invoices", "data", options);
}
function listPayments(options) {
  return list("/api/v1/billing/history", "transactions", options);
}
function listSubscriptions(options) {
  return call("GET", "/api/v1/billing/subscriptions", options, pageOf("data"));
}
async function leave(path, choice, { navigate, ...options }) {
  if (!navigate && (!globalThis.window || window.top !== window.self)) {
    throw new PorticoError("framed", "Stripe's pages need a window of their own.");
  }
  const body = JSON.stringify(choice);
  const url = await call("POST", path, options, stripesUrl, body === "{}" ? null : body);
  throwIfAborted(options.signal);
  if (navigate) {
    await navigate(url);
  } else {
    window.location.href = url;
  }
}
function list(path, name, { limit, startingAfter, ...options }) {
  const ask = async (limit2, startingAfter2) => {
    const query = `${new URLSearchParams(JSON.parse(JSON.stringify({ limit: limit2, starting_after: startingAfter2 })))}`;
    return call("GET", path + (query && "?") + query, options, pageOf(name));
  };
  const first = ask(limit, startingAfter);
  return Object.assign(first, {
    async *[Symbol.asyncIterator]() {
      let [page, length, last] = [await first, limit, startingAfter];
      for (; ; ) {
        for (const item of page[name]) {
          throwIfAborted(options.signal);
          yield item;
          last = item.id;
        }
        if (!page.has_more) {
          return;
        }
        if (!page[name].length) {
          if (length === 100) {
            throw new PorticoError("invalid_answer", "A page of 100 has none of the items that remain.");
          }
          length = 100;
        }
        page = await ask(length, last);
      }
    }
  });
}
async function call(method, path, { endpoint, getToken, signal = null }, read, body = null) {
  var _a, _b, _c;
  try {
    const url = endpoint.replace(/\/$/, "") + path;
    const token = await tokenUnlessAborted(getToken, signal);
    if (!/^[!-~]+$/.test(token != null ? token : "")) {
      throw new PorticoError("unauthorized", "getToken gave no access token.");
    }
    const response = await (async () => fetch(url, {
      method,
      // Without a name for its type, a body would be sent as text/plain, which Portico refuses.
      headers: { Authorization: `Bearer ${token}`, ...body && { "Content-Type": "application/json" } },
      body,
      // Where "error" is not known: what answers with a redirect is not followed either.
      redirect: "manual",
      ...understood(),
      signal
    }))().catch((cause) => {
      throw new PorticoError("network_error", "Portico could not be reached.", { cause });
    });
    const { ok, status, headers } = response;
    const retryAfter = (_a = headers.get("Retry-After")) != null ? _a : "";
    const details = {
      status,
      requestId: headers.get("X-Request-Id"),
      // Portico sends seconds. A date, as a proxy may send it, means nothing to a clock that is wrong.
      retryAfter: /^\d+$/.test(retryAfter) ? +retryAfter : null
    };
    const answer = await response.json().catch(() => null);
    const value = ok && read(answer);
    if (value) {
      return value;
    }
    if (!ok && typeof (answer == null ? void 0 : answer.error) === "string") {
      throw new PorticoError(answer.error, (_b = answer.message) != null ? _b : answer.error, {
        ...details,
        requestId: (_c = answer.request_id) != null ? _c : details.requestId,
        body: answer
      });
    }
    throw new PorticoError("invalid_answer", `The answer with status ${status} is not Portico's.`, details);
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
}
function understood() {
  return Object.fromEntries(
    Object.entries({
      cache: "no-store",
      // Portico knows the caller by the token alone, so cookies are not its business.
      credentials: "omit",
      // Portico never redirects, so whoever does is not meant to have the token.
      redirect: "error",
      // The page's path and query may tell about the user; its origin is in the Origin header anyway.
      referrerPolicy: "strict-origin"
    }).filter(([name, value]) => {
      try {
        return (
          /** @type {any} */
          new Request("https://a", { [name]: value })[name] === value
        );
      } catch (e) {
        return false;
      }
    })
  );
}
function throwIfAborted(signal) {
  var _a;
  if (signal == null ? void 0 : signal.aborted) {
    throw (_a = signal.reason) != null ? _a : Object.assign(new Error("Aborted"), { name: "AbortError" });
  }
}
function tokenUnlessAborted(getToken, signal) {
  return new Promise((resolve, reject) => {
    throwIfAborted(signal);
    signal == null ? void 0 : signal.addEventListener("abort", reject);
    (async () => getToken())().then(resolve, reject).finally(() => signal == null ? void 0 : signal.removeEventListener("abort", reject));
  });
}
function stripesUrl(answer) {
  try {
    const { protocol, href } = new URL(answer.url);
    return /^https?:$/.test(protocol) ? href : null;
  } catch (e) {
    return null;
  }
}
function pageOf(name) {
  return (answer) => {
    var _a, _b;
    return ((_b = (_a = answer == null ? void 0 : answer[name]) == null ? void 0 : _a.every) == null ? void 0 : _b.call(_a, isItem)) && typeof answer.has_more === "boolean" ? answer : null;
  };
}
function isItem(item) {
  return typeof (item == null ? void 0 : item.id) === "string" && [item.hosted_invoice_url, item.invoice_pdf, item.receipt_url].every((link) => /^https?:/.test(link != null ? link : "https:"));
}
function account(answer) {
  return typeof (answer == null ? void 0 : answer.portal_available) === "boolean" ? answer : null;
}
