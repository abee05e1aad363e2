/**
 * The JavaScript client of Portico: it sends a signed-in user's browser to their Stripe Customer Portal, and lists their
 * invoices and payments.
 *
 * @packageDocumentation
 */

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
 * Call it when the user comes back from a checkout: Stripe's message to Portico may still be on its way. It costs
 * nothing, but is limited, as the portal is.
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

/** Where Portico is, and who asks. */
export interface RequestOptions {
  /**
   * The base URL of Portico, for example `https://billing.example.com`. It may have a path, and it may end with a
   * slash. `""` is the origin of the page.
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

/** What {@link openBillingPortal} takes. Of `flow`, `locale` and `returnPath`, what is absent is Portico's default. */
export interface OpenBillingPortalOptions extends RequestOptions {
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

/** A page of {@link listInvoices}, with the names of the wire. */
export interface InvoicePage {
  /**
   * The invoices. Drafts are left out, so there may be fewer than `limit`, or even none, although there are more. An
   * iteration sees to that.
   */
  data: Invoice[];
  /** Whether there are older ones. */
  has_more: boolean;
}

/** A page of {@link listPayments}, with the names of the wire. */
export interface PaymentPage {
  /** The payments. */
  transactions: Payment[];
  /** Whether there are older ones. */
  has_more: boolean;
}

/** An invoice, with the names of the wire. A member is `null` where Stripe has no value. */
export interface Invoice {
  /** `in_…` */
  id: string;
  /** The number that is printed on it. */
  number: string | null;
  /** The invoice's state. */
  status: InvoiceStatus | null;
  /** The seller's words to the customer. */
  description: string | null;
  /** The currency of all amounts, in lower case, such as `usd`. */
  currency: string | null;
  /** The amount that was due when Stripe finalised the invoice, in the currency's {@link MinorUnits}. */
  amount_due: MinorUnits | null;
  /** The amount paid so far. */
  amount_paid: MinorUnits | null;
  /** The amount still due. */
  amount_remaining: MinorUnits | null;
  /** The sum, taxes and discounts included. It is negative where the customer gets something back. */
  total: MinorUnits | null;
  /** When it was made. */
  created: UnixSeconds | null;
  /** Until when it is to be paid; `null` where it is charged automatically. */
  due_date: UnixSeconds | null;
  /** When the period began in which its items were added. */
  period_start: UnixSeconds | null;
  /** When that period ended. */
  period_end: UnixSeconds | null;
  /** Stripe's page of the invoice, where an open one can be paid. A credential: see {@link listInvoices}. */
  hosted_invoice_url: string | null;
  /** Where its PDF is. A credential: see {@link listInvoices}. */
  invoice_pdf: string | null;
}

/** A payment, with the names of the wire. A member is `null` where Stripe has no value. */
export interface Payment {
  /** `ch_…`, or `py_…` for some ways to pay. */
  id: string;
  /** The payment's outcome. */
  type: PaymentType;
  /** The amount, in the currency's {@link MinorUnits}. */
  amount: MinorUnits | null;
  /** The part of the amount that was refunded. */
  amount_refunded: MinorUnits | null;
  /** The currency of both amounts, in lower case, such as `usd`. */
  currency: string | null;
  /** When it was made. */
  created: UnixSeconds | null;
  /** The seller's words to the customer. */
  description: string | null;
  /** The card that was charged; `null` for other ways to pay. */
  card: Card | null;
  /** Where its receipt is. A credential: see {@link listInvoices}. */
  receipt_url: string | null;
}

/** A card, as far as it may be shown. */
export interface Card {
  /** The brand, in lower case, such as `visa`. */
  brand: string | null;
  /** The last four digits. */
  last4: string | null;
}

/** The state of an invoice. Stripe may add states, so the type is open. */
export type InvoiceStatus = "open" | "paid" | "uncollectible" | "void" | (string & {});

/** The outcome of a payment. */
export type PaymentType = "payment" | "pending_payment" | "failed_payment";

/**
 * An amount in the smallest unit that Stripe has for the currency: cents of a dollar, whole yen, thousandths of a
 * Kuwaiti dinar ({@link https://docs.stripe.com/currencies Stripe's page on currencies} has the exceptions).
 */
export type MinorUnits = number;

/** A time in seconds since 1970, as `new Date(seconds * 1000)` takes it. */
export type UnixSeconds = number;

/** What is known about the caller, with the names of the wire. */
export interface Account {
  /** The user's plan; `free` for a user without a record. */
  plan: PlanName;
  /** Whether {@link openBillingPortal} would find a customer. Show the button by this, not by the plan. */
  portal_available: boolean;
  /**
   * How many tokens the user has, as a whole number; 0 for a user without a balance record. `null` where the record
   * cannot be read and nothing costs anything.
   */
  current_balance: number | null;
  /** When the user gets more tokens, as the operator wrote it (such as `2030-01-01T00:00:00Z`), if that is known. */
  next_refill_at: string | null;
}

/** The name of a plan. The operator chooses the names. */
export type PlanName = string;

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

/** The members of a {@link PorticoError} that differ from 0 and `null`. */
export interface PorticoErrorDetails {
  status?: number;
  requestId?: string | null;
  retryAfter?: number | null;
  body?: ErrorBody | null;
  cause?: unknown;
}

/**
 * Why a call failed. A later version of Portico may answer codes that this one does not know, so the type is open: keep
 * a default branch.
 */
export type PorticoErrorCode = ServiceErrorCode | ClientErrorCode | (string & {});

/** The codes with which Portico answers. `unauthorized` is also the client's own when `getToken` gives no token. */
export type ServiceErrorCode =
  | "no_stripe_customer"
  | "invalid_request"
  | "unauthorized"
  | "insufficient_balance"
  | "rate_limited"
  | "not_found"
  | "method_not_allowed"
  | "portal_not_configured"
  | "stripe_unavailable"
  | "stripe_rejected"
  | "store_unavailable"
  | "misconfigured"
  | "keys_unavailable"
  | "internal_error";

/** The codes of the client's own. */
export type ClientErrorCode =
  /** Portico could not be reached, or the browser kept its answer from the page; see `cause`. */
  | "network_error"
  /** There was an answer, but it is not one of Portico's; see `status`. */
  | "invalid_answer"
  /** The page is in a frame, and Stripe's pages refuse to be framed. Nothing was sent. */
  | "framed";

/** The body of an error answer, with the names of the wire. */
export interface ErrorBody {
  /** The same as `code`. */
  error: PorticoErrorCode;
  /** The same as `message`. */
  message?: string;
  /** The same as `requestId`. */
  request_id?: string;
  /** With `insufficient_balance`: how many tokens the user has. */
  current_balance?: number;
  /** With `insufficient_balance`: how many tokens the call costs. */
  required_cost?: number;
  /** With `insufficient_balance`: the user's plan. */
  plan?: PlanName;
  /** With `insufficient_balance`: when the user gets more tokens, if that is known. */
  next_refill_at?: string | null;
  /** With `insufficient_balance`: where the user can get more tokens at once, if the operator has set it. */
  upgrade_url?: string | null;
}

/** A deep link into one flow of the portal, with the names of the wire. */
export type Flow =
  | PaymentMethodUpdateFlow
  | CustomerUpdateFlow
  | SubscriptionCancelFlow
  | SubscriptionUpdateFlow
  | SubscriptionUpdateConfirmFlow;

/** Changes the payment method. */
export interface PaymentMethodUpdateFlow extends FlowBase {
  type: "payment_method_update";
}

/** Changes name, address and the like. */
export interface CustomerUpdateFlow extends FlowBase {
  type: "customer_update";
}

/** Cancels a subscription. */
export interface SubscriptionCancelFlow extends FlowBase {
  type: "subscription_cancel";
  /** `sub_…` */
  subscription: string;
}

/** Changes a subscription. */
export interface SubscriptionUpdateFlow extends FlowBase {
  type: "subscription_update";
  /** `sub_…` */
  subscription: string;
}

/** Lets the user confirm a change of a subscription. */
export interface SubscriptionUpdateConfirmFlow extends FlowBase {
  type: "subscription_update_confirm";
  /** `sub_…` */
  subscription: string;
  /** The items to change; at least one. */
  items: readonly [SubscriptionItem, ...SubscriptionItem[]];
  /** The discounts to apply. */
  discounts?: readonly Discount[];
}

/** What all flows take. */
export interface FlowBase {
  /** What happens when the user is done; `redirect` leads to the return path. */
  after_completion?: "portal_homepage" | "hosted_confirmation" | "redirect";
}

/** An item of a subscription, and what becomes of it. */
export interface SubscriptionItem {
  /** `si_…` */
  id: string;
  /** `price_…`; the price stays as it is where this is absent. */
  price?: string;
  /** A whole number from 0; the quantity stays as it is where this is absent. */
  quantity?: number;
}

/** A discount: either a coupon or a promotion code (`promo_…`). */
export type Discount =
  | { coupon: string; promotion_code?: never }
  | { promotion_code: string; coupon?: never };

/** The locales of Stripe's customer portal. They are compared to the letter: `pt-BR`, not `pt-br`. */
export type Locale =
  | "auto"
  | "bg"
  | "cs"
  | "da"
  | "de"
  | "el"
  | "en"
  | "en-AU"
  | "en-CA"
  | "en-GB"
  | "en-IE"
  | "en-IN"
  | "en-NZ"
  | "en-SG"
  | "es"
  | "es-419"
  | "et"
  | "fi"
  | "fil"
  | "fr"
  | "fr-CA"
  | "hr"
  | "hu"
  | "id"
  | "it"
  | "ja"
  | "ko"
  | "lt"
  | "lv"
  | "ms"
  | "mt"
  | "nb"
  | "nl"
  | "pl"
  | "pt"
  | "pt-BR"
  | "ro"
  | "ru"
  | "sk"
  | "sl"
  | "sv"
  | "th"
  | "tr"
  | "vi"
  | "zh"
  | "zh-HK"
  | "zh-TW";
