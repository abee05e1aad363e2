// Why a call fails.

import type { PlanName } from "./answers.js";

/** The members of a `PorticoError` that differ from 0 and `null`. */
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
  | "forbidden"
  | "already_subscribed"
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
  /** Portico could not be reached, or the browser kept its answer from the page, or there is no `fetch`; see `cause`. */
  | "network_error"
  /** There was an answer, but it is not one of Portico's; see `status`. */
  | "invalid_answer"
  /** The page is in a frame, where Stripe's pages refuse to open, or there is no page. Nothing was sent. */
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
