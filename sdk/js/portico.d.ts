/**
 * The JavaScript client of Portico: it sends a signed-in user's browser to their Stripe Customer Portal.
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

/** What is known about the caller, with the names of the wire. */
export interface Account {
  /** The user's plan; `free` for a user without a record. */
  plan: PlanName;
  /** Whether {@link openBillingPortal} would find a customer. Show the button by this, not by the plan. */
  portal_available: boolean;
  /** How many tokens the user has, as a whole number; 0 for a user without a balance record. */
  current_balance: number;
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
