/**
 * The JavaScript client of Portico: it sends a signed-in user's browser to their Stripe Customer Portal or to a checkout,
 * and lists their subscriptions, invoices and payments.
 *
 * @packageDocumentation
 */

import type { Account, Invoice, InvoicePage, Payment, PaymentPage, SubscriptionPage } from "./types/answers.js";
import type { PorticoErrorCode, PorticoErrorDetails, ErrorBody } from "./types/errors.js";
import type { CheckoutLocale, Flow, Locale } from "./types/portal.js";

export type * from "./types/answers.js";
export type * from "./types/errors.js";
export type * from "./types/portal.js";

/**
 * Opens the caller's Stripe Customer Portal: asks Portico for a session, then sets `window.location.href` to it.
 *
 * Call it when the user clicks, not before: sessions are short-lived, and each call makes a new one. The session's
 * address is a key to the customer's billing, so it is never handed out; there is nothing to log, keep or frame.
 *
 * @returns A promise that is fulfilled once the navigation has been started. The page lives on for a moment after that.
 * @throws {PorticoError} when the portal cannot be opened; its `code` says why. A page that is in a frame gets `framed`
 * before anything is sent.
 * @throws whatever `getToken` throws, unchanged, and the signal's own reason when `signal` is aborted.
 *
 * @example
 * button.addEventListener("click", () =>
 *   openBillingPortal({ endpoint: "https://billing.example.com", getToken: () => auth.getAccessToken() }).catch(show),
 * );
 */
export declare function openBillingPortal(options: OpenBillingPortalOptions): Promise<void>;

/**
 * Starts a checkout of one of the prices that the operator sells: asks Portico for Stripe's page, then sets
 * `window.location.href` to it. However often a user asks, there is one open checkout and no second subscription.
 *
 * @returns A promise that is fulfilled once the navigation has been started.
 * @throws {PorticoError} when there is no checkout; its `code` says why. A user who has a subscription gets
 * `already_subscribed`: lead them to the portal, where it can be changed.
 * @throws whatever `getToken` throws, unchanged, and the signal's own reason when `signal` is aborted.
 *
 * @example
 * subscribe.addEventListener("click", () => startCheckout({ ...portico, price: "pro_monthly" }).catch(show));
 */
export declare function startCheckout(options: StartCheckoutOptions): Promise<void>;

/**
 * Asks whether the portal would open for the caller, and what the caller has. It costs nothing and is not limited, so a
 * page can ask before it shows a button.
 *
 * @throws {PorticoError} when there is no usable answer; its `code` says why.
 * @throws whatever `getToken` throws, unchanged, and the signal's own reason when `signal` is aborted.
 */
export declare function getAccount(options: RequestOptions): Promise<Account>;

/**
 * Lets Portico read the caller's record anew from Stripe, and gives the account as {@link getAccount} does.
 *
 * Call it when the user comes back from a checkout or from the portal: Stripe's message to Portico may still be on its
 * way. It costs nothing, but is limited, as the portal is.
 *
 * @throws {PorticoError} when there is no usable answer; its `code` says why.
 * @throws whatever `getToken` throws, unchanged, and the signal's own reason when `signal` is aborted.
 */
export declare function syncAccount(options: RequestOptions): Promise<Account>;

/**
 * Lists the caller's invoices, the newest first. A user without a customer at Stripe has none, which is no error.
 *
 * Awaited, it gives one page. Iterated over, it gives invoice after invoice, and asks for further pages as they are
 * needed. Each page is one request, which Portico counts against the user's limit.
 *
 * An invoice's links are credentials: they let their bearer see the invoice and pay it, and they go stale. Show them to
 * the user; do not store, log or send them on. To show them again, list again.
 *
 * @throws {PorticoError} when there is no usable answer; its `code` says why.
 * @throws whatever `getToken` throws, unchanged, and the signal's own reason when `signal` is aborted.
 *
 * @example
 * const { data, has_more } = await listInvoices({ ...portico, limit: 10 });
 *
 * @example
 * for await (const invoice of listInvoices(portico)) {
 *   console.log(invoice.number, invoice.total, invoice.currency);
 * }
 */
export declare function listInvoices(options: ListOptions): List<InvoicePage, Invoice>;

/**
 * Lists the caller's payments, the newest first, those that failed among them. All that is said of {@link listInvoices}
 * holds for it; a payment's link leads to its receipt.
 *
 * @throws {PorticoError} when there is no usable answer; its `code` says why.
 * @throws whatever `getToken` throws, unchanged, and the signal's own reason when `signal` is aborted.
 */
export declare function listPayments(options: ListOptions): List<PaymentPage, Payment>;

/**
 * Lists the caller's subscriptions that are not over, the newest first, as Stripe has them at this moment. With their
 * identifiers a page can offer every flow of the portal. There is one page, of up to a hundred. A user without a customer
 * at Stripe has none, which is no error.
 *
 * @throws {PorticoError} when there is no usable answer; its `code` says why.
 * @throws whatever `getToken` throws, unchanged, and the signal's own reason when `signal` is aborted.
 *
 * @example
 * const { data: [subscription] } = await listSubscriptions(portico);
 */
export declare function listSubscriptions(options: RequestOptions): Promise<SubscriptionPage>;

/** Where Portico is, and who asks. */
export interface RequestOptions {
  /**
   * The base URL of Portico, for example `https://billing.example.com`. It may have a path, which is Portico's
   * `base_path`, and it may end with a slash. `""` is the origin of the page.
   */
  endpoint: string;

  /**
   * Gives the signed-in user's access token, the bare JWT without `Bearer`. It is called once for each request, without
   * arguments, so it can renew a token that is about to expire. With no token (or one with characters that no token
   * has) the call fails with `unauthorized`, and nothing is sent.
   */
  getToken: () => string | null | undefined | PromiseLike<string | null | undefined>;

  /**
   * Gives the call up when aborted. The promise is then rejected with the signal's reason, as with `fetch`: a
   * `DOMException` named `AbortError`, unless another reason was given. After that the page is not navigated. A session
   * that Portico has opened already stays unused.
   */
  signal?: AbortSignal | null | undefined;
}

/** The options of what leaves the page. */
export interface LeavingOptions extends RequestOptions {
  /**
   * Goes to Stripe's page where there is no browser page that could: in React Native,
   * `(url) => Linking.openURL(url)`. The address is a key to the customer's billing: open it and do nothing else with it.
   * In a browser, leave this out.
   */
  navigate?: ((url: string) => unknown) | undefined;
}

/** What {@link openBillingPortal} takes. Of `flow`, `locale` and `returnPath`, what is absent is Portico's default. */
export interface OpenBillingPortalOptions extends LeavingOptions {
  /** A deep link into one flow. Without it the user lands on the portal's home page. */
  flow?: Flow | undefined;

  /** The portal's language. Without it, or with `auto`, Stripe takes the customer's or the browser's. */
  locale?: Locale | undefined;

  /**
   * Where Stripe's "return" link leads: a path on the frontend that Portico is configured with, `/account` by default.
   * It begins with exactly one slash, and may have a query and a fragment.
   */
  returnPath?: string | undefined;
}

/** What {@link startCheckout} takes. Of what is optional, what is absent is Portico's default. */
export interface StartCheckoutOptions extends LeavingOptions {
  /** The price, by the name that the operator has given it in `checkout_prices`, such as `pro_monthly`. */
  price: string;

  /** How many: a whole number from 1, up to what the operator allows; 1 without it. */
  quantity?: number | undefined;

  /** The checkout's language. Without it, or with `auto`, Stripe takes the browser's. */
  locale?: CheckoutLocale | undefined;

  /**
   * Where the checkout leads when the user has paid: a path on the frontend that Portico is configured with,
   * `/account?checkout=done` by default. It begins with exactly one slash, and may have a query and a fragment.
   */
  successPath?: string | undefined;

  /** Where the checkout leads when the user turns back: a path as `successPath` is one, `/account` by default. */
  cancelPath?: string | undefined;
}

/** The options of {@link listInvoices} and {@link listPayments}. */
export interface ListOptions extends RequestOptions {
  /**
   * How long a page is at most, 1 to 100; without it, 10 invoices or 20 payments. An iteration gives all items however
   * long a page is.
   */
  limit?: number | undefined;

  /**
   * The identifier of the item after which the page begins: the last one of the page before. Without it, the page
   * begins with the newest. There is no `offset`, because Stripe has none.
   */
  startingAfter?: string | undefined;
}

/**
 * One page when it is awaited, and all items from there on when it is iterated over with `for await`. The first page is
 * asked for at once, and once, whichever of the two is done.
 */
export interface List<Page, Item> extends Promise<Page>, AsyncIterable<Item> {}

/**
 * A call that failed. Decide by `code`; `message` is one sentence for a developer.
 *
 * Pages need not make one, except in their own tests.
 */
export declare class PorticoError extends Error {
  constructor(code: PorticoErrorCode, message: string, details?: PorticoErrorDetails);

  readonly name: "PorticoError";
  /** What went wrong: stable, and meant for programs. */
  readonly code: PorticoErrorCode;
  /** The HTTP status of the answer; 0 if there was none. */
  readonly status: number;
  /** The request's identifier, which leads to the line in Portico's log; `null` if the answer has none. */
  readonly requestId: string | null;
  /** For how many seconds to wait before the next attempt; `null` where Portico does not say. */
  readonly retryAfter: number | null;
  /** The body of Portico's answer; `null` if there was no answer or it was not Portico's. */
  readonly body: ErrorBody | null;
  /** With `network_error`: what `fetch` was rejected with. */
  readonly cause?: unknown;
}
