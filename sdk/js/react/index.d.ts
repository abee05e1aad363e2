/**
 * A billing page's part of React: `portico-billing/react`.
 *
 * @packageDocumentation
 */

import type { Account, OpenBillingPortalOptions, PorticoError, RequestOptions, StartCheckoutOptions } from "../portico.js";

/**
 * Asks for the account when the component appears, and again when `endpoint` changes; opens Stripe's pages; and holds
 * what went wrong. The functions that it gives are the same ones on every render, and their promises are never rejected.
 *
 * @example
 * const { account, leaving, openPortal } = useBilling({ endpoint: "https://billing.example.com", getToken });
 * return account?.portal_available && <button onClick={openPortal} disabled={leaving}>Manage billing</button>;
 */
export declare function useBilling(options: UseBillingOptions): Billing;

/** What {@link useBilling} takes. */
export interface UseBillingOptions {
  /** The base URL of Portico, as the client takes it. When it changes, the account is asked for anew. */
  endpoint: string;

  /** Gives the access token, as the client takes it. It may be a new function on every render. */
  getToken: RequestOptions["getToken"];

  /**
   * Whether the first request lets Portico read the user's record anew from Stripe. Say `true` where the page's address
   * tells that the user comes back from a checkout or from the portal.
   */
  sync?: boolean | undefined;

  /** Goes to Stripe's page where there is no browser page that could, such as in React Native. */
  navigate?: OpenBillingPortalOptions["navigate"] | undefined;
}

/** What {@link useBilling} gives. */
export interface Billing {
  /** The user's account; `null` until it is known. */
  account: Account | null;
  /** Whether the account is on its way. */
  loading: boolean;
  /** Whether the browser is on its way to one of Stripe's pages. Disable the buttons as long. */
  leaving: boolean;
  /** What went wrong the last time; `null` if nothing did. */
  problem: Problem | null;
  /** Opens the portal. It can be a handler of clicks as it is, and does nothing while `leaving`. */
  openPortal: (choice?: PortalChoice | { nativeEvent: unknown }) => Promise<void>;
  /** Starts a checkout, unless `leaving`. */
  startCheckout: (choice: CheckoutChoice) => Promise<void>;
  /** Asks for the account again; with `sync`, Portico reads it anew from Stripe. */
  refresh: (options?: { sync?: boolean | undefined }) => Promise<void>;
}

/** A `PorticoError`, or what `getToken` has thrown, which has no `code`. */
export type Problem = Error & Partial<Pick<PorticoError, "code" | "status" | "requestId" | "retryAfter" | "body">>;

/** What can be chosen about the portal. */
export type PortalChoice = Pick<OpenBillingPortalOptions, "flow" | "locale" | "returnPath">;

/** What can be chosen about a checkout. */
export type CheckoutChoice = Pick<
  StartCheckoutOptions,
  "price" | "quantity" | "locale" | "successPath" | "cancelPath"
>;
