// What Portico answers, with the names of the wire.

/** What is known about the caller, with the names of the wire. */
export interface Account {
  /** The user's plan; `free` for a user without a record. */
  plan: PlanName;
  /** Whether `openBillingPortal` would find a customer. Show the button by this, not by the plan. */
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

/** The page of `listSubscriptions`, with the names of the wire. */
export interface SubscriptionPage {
  /** The subscriptions that are not over, the newest first. */
  data: Subscription[];
  /** Whether the customer has still more; a page has up to a hundred, and there is no way to the others. */
  has_more: boolean;
}

/** A subscription, with the names of the wire. */
export interface Subscription {
  /** `sub_…`, for the portal's flows. */
  id: string;
  /** Stripe's state of it. */
  status: SubscriptionStatus;
  /** The plan that this subscription alone gives, or `null`. */
  plan: PlanName | null;
  /** What is subscribed to: most often one item. */
  items: SubscribedItem[];
  /** When the present period ends: the next payment, unless `cancel_at` says otherwise. */
  current_period_end: UnixSeconds | null;
  /** When it ends, where it has been cancelled; `null` where it goes on. */
  cancel_at: UnixSeconds | null;
  /** When the trial ends or ended; `null` without one. */
  trial_end: UnixSeconds | null;
  /** Whether it is paused, or its payments are. */
  paused: boolean;
  /** When it goes on by itself, if that is known. */
  resumes_at: UnixSeconds | null;
  /** When it was made. */
  created: UnixSeconds;
}

/** An item of a subscription, with the names of the wire. */
export interface SubscribedItem {
  /** `si_…` */
  id: string;
  /** `price_…` */
  price: string;
  /** How many; `null` where it is metered. */
  quantity: number | null;
  /** The price of one, in the currency's {@link MinorUnits}; `null` where the price has tiers. */
  unit_amount: MinorUnits | null;
  /** The currency, in lower case, such as `usd`. */
  currency: string | null;
  /** With `interval_count`: how often it is paid, such as every three months. */
  interval: Interval | null;
  /** See `interval`. */
  interval_count: number | null;
}

/** The state of a subscription that is not over. Stripe may add states, so the type is open. */
export type SubscriptionStatus =
  | "active"
  | "trialing"
  | "past_due"
  | "unpaid"
  | "incomplete"
  | "paused"
  | (string & {});

/** A length of time. */
export type Interval = "day" | "week" | "month" | "year" | (string & {});

/** A page of `listInvoices`, with the names of the wire. */
export interface InvoicePage {
  /**
   * The invoices. Drafts are left out, so there may be fewer than `limit`, or even none, although there are more. An
   * iteration sees to that.
   */
  data: Invoice[];
  /** Whether there are older ones. */
  has_more: boolean;
}

/** A page of `listPayments`, with the names of the wire. */
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
  /** Stripe's page of the invoice, where an open one can be paid. A credential: see `listInvoices`. */
  hosted_invoice_url: string | null;
  /** Where its PDF is. A credential: see `listInvoices`. */
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
  /** Where its receipt is. A credential: see `listInvoices`. */
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
