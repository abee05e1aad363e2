// What the types allow and refuse. The compiler is the test: a `@ts-expect-error` above a line without an error is one.

import {
  type Account,
  type Card,
  type CheckoutLocale,
  type ClientErrorCode,
  type ErrorBody,
  type Flow,
  type Invoice,
  type InvoicePage,
  type List,
  type ListOptions,
  type Locale,
  type OpenBillingPortalOptions,
  type Payment,
  type PaymentPage,
  type PaymentType,
  type PlanName,
  PorticoError,
  type PorticoErrorCode,
  type ServiceErrorCode,
  type StartCheckoutOptions,
  type Subscription,
  type SubscriptionPage,
  getAccount,
  listInvoices,
  listPayments,
  listSubscriptions,
  openBillingPortal,
  startCheckout,
  syncAccount,
} from "portico-billing";
import { formatAmount } from "portico-billing/format";
import { type Billing, type UseBillingOptions, useBilling } from "portico-billing/react";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function holds<_Statement extends true>(): void;

declare const at: { endpoint: string; getToken: () => Promise<string> };
declare const signal: AbortSignal;

// The session's address never leaves the module.
holds<Equal<ReturnType<typeof openBillingPortal>, Promise<void>>>();
holds<Equal<ReturnType<typeof getAccount>, Promise<Account>>>();
holds<Equal<ReturnType<typeof syncAccount>, Promise<Account>>>();
holds<Equal<Parameters<typeof syncAccount>, Parameters<typeof getAccount>>>();

// What is needed is needed, and what is optional may be left out, undefined, or a maybe.
openBillingPortal(at);
openBillingPortal({ ...at, flow: undefined, locale: undefined, returnPath: undefined, signal: undefined });
openBillingPortal({ ...at, locale: "de", returnPath: "/account/billing?tab=invoices", signal });
getAccount(at);
getAccount({ ...at, signal });
getAccount({ ...at, signal: null });
// @ts-expect-error The endpoint is missing.
openBillingPortal({ getToken: at.getToken });
// @ts-expect-error The token is missing.
openBillingPortal({ endpoint: "" });
// @ts-expect-error The token is missing.
getAccount({ endpoint: "" });
// @ts-expect-error The customer cannot be chosen.
openBillingPortal({ ...at, customer: "cus_1" });
// @ts-expect-error The name in JavaScript is returnPath.
openBillingPortal({ ...at, return_path: "/account" });
// @ts-expect-error Portico refuses null.
openBillingPortal({ ...at, flow: null });
// @ts-expect-error There is nothing to choose about the account.
getAccount({ ...at, locale: "de" });

syncAccount(at);
// @ts-expect-error There is nothing to choose: the account that is read anew is the caller's own.
syncAccount({ ...at, customer: "cus_1" });
for (const list of [listInvoices, listPayments]) {
  list(at);
  list({ ...at, limit: undefined, startingAfter: undefined, signal: undefined });
  list({ ...at, limit: 10, startingAfter: "in_1", signal });
  // @ts-expect-error The token is missing.
  list({ endpoint: "" });
  // @ts-expect-error A limit is a number.
  list({ ...at, limit: "10" });
  // @ts-expect-error The name in JavaScript is startingAfter.
  list({ ...at, starting_after: "in_1" });
  // @ts-expect-error There is no offset.
  list({ ...at, offset: 10 });
  // @ts-expect-error The customer cannot be chosen.
  list({ ...at, customer: "cus_1" });
}
holds<Equal<Parameters<typeof listInvoices>, [options: ListOptions]>>();
holds<Equal<Parameters<typeof listPayments>, [options: ListOptions]>>();

listSubscriptions(at);
listSubscriptions({ ...at, signal });
// @ts-expect-error There is one page.
listSubscriptions({ ...at, limit: 10 });
holds<Equal<ReturnType<typeof listSubscriptions>, Promise<SubscriptionPage>>>();

// A checkout is of a price that has a name, and its address never leaves the module either.
holds<Equal<ReturnType<typeof startCheckout>, Promise<void>>>();
startCheckout({ ...at, price: "pro_monthly" });
startCheckout({ ...at, price: "p", quantity: 2, locale: "de", successPath: "/done", cancelPath: "/plans", signal });
startCheckout({ ...at, price: "p", quantity: undefined, locale: undefined, successPath: undefined, cancelPath: undefined });
// @ts-expect-error The price is missing.
startCheckout(at);
// @ts-expect-error The customer cannot be chosen.
startCheckout({ ...at, price: "p", customer: "cus_1" });
// @ts-expect-error The name in JavaScript is successPath.
startCheckout({ ...at, price: "p", success_path: "/done" });
// @ts-expect-error A checkout takes no flow.
startCheckout({ ...at, price: "p", flow: { type: "customer_update" } });
holds<Equal<StartCheckoutOptions["locale"], CheckoutLocale | undefined>>();
export const checkoutLocales: CheckoutLocale[] = ["auto", "en", "en-GB", "pt-BR"];
// @ts-expect-error Only the portal has it.
export const portalLocale: CheckoutLocale = "en-AU";

// Where there is no page, whoever knows how goes there.
openBillingPortal({ ...at, navigate: async (url: string) => void url });
startCheckout({ ...at, price: "p", navigate: (url) => url.length });
// @ts-expect-error Asking for the account leads nowhere.
getAccount({ ...at, navigate: () => {} });

// Identity providers' libraries give tokens in these ways.
getAccount({ endpoint: "", getToken: () => "a.b.c" });
getAccount({ endpoint: "", getToken: async () => null });
getAccount({ endpoint: "", getToken: async (): Promise<string | undefined> => undefined });
getAccount({ endpoint: "", getToken: (_options?: { cache: boolean }) => Promise.resolve("a.b.c") });
// @ts-expect-error A token is text, not an object that holds one.
getAccount({ endpoint: "", getToken: async () => ({ accessToken: "a.b.c" }) });
// @ts-expect-error getToken is called without arguments.
getAccount({ endpoint: "", getToken: (_options: { cache: boolean }) => "a.b.c" });
// @ts-expect-error A token that was had once may have expired.
getAccount({ endpoint: "", getToken: "a.b.c" });

// Each flow takes its own members and no others.
const subscription = "sub_1";
const items = [{ id: "si_1", price: "price_1", quantity: 2 }] as const;
const type = "subscription_update_confirm";
export const flows: Flow[] = [
  { type: "payment_method_update" },
  { type: "customer_update", after_completion: "portal_homepage" },
  { type: "subscription_cancel", subscription, after_completion: "hosted_confirmation" },
  { type: "subscription_pause", subscription },
  { type: "subscription_update", subscription, after_completion: "redirect" },
  { type, subscription, items },
  { type, subscription, items: [{ id: "si_1", quantity: 0 }], discounts: [] },
  { type, subscription, items, discounts: [{ promotion_code: "promo_1" }] },
];
// @ts-expect-error There is no such flow.
export const unknownFlow: Flow = { type: "subscription_resume" };
// @ts-expect-error The subscription is missing.
export const noSubscription: Flow = { type: "subscription_cancel" };
// @ts-expect-error The payment method is not a subscription's.
export const oddSubscription: Flow = { type: "payment_method_update", subscription };
// @ts-expect-error Only a confirmation takes items.
export const oddItems: Flow = { type: "subscription_update", subscription, items };
// @ts-expect-error The items are missing.
export const missingItems: Flow = { type, subscription };
// @ts-expect-error There is at least one item.
export const noItems: Flow = { type, subscription, items: [] };
// @ts-expect-error An item has an identifier.
export const noIdentifier: Flow = { type, subscription, items: [{ price: "price_1" }] };
// @ts-expect-error A discount is one or the other.
export const both: Flow = { type, subscription, items, discounts: [{ coupon: "a", promotion_code: "promo_1" }] };
// @ts-expect-error A discount is one or the other.
export const neither: Flow = { type, subscription, items, discounts: [{}] };
// @ts-expect-error There is no such ending.
export const oddEnding: Flow = { type: "customer_update", after_completion: "close" };

// A flow is told by its type.
export function subscriptionOf(flow: Flow): string | null {
  return flow.type === "payment_method_update" || flow.type === "customer_update" ? null : flow.subscription;
}

holds<Equal<OpenBillingPortalOptions["locale"], Locale | undefined>>();
export const locales: Locale[] = ["auto", "en", "pt-BR", "es-419"];
// @ts-expect-error Locales are compared to the letter.
export const oddLocale: Locale = "pt-br";
// @ts-expect-error A text is not known to be a locale.
export const anyLocale: Locale = navigator.language;

// The account is as it is on the wire, and so is what it holds.
holds<Equal<Account["plan"], PlanName>>();
holds<Equal<Account["portal_available"], boolean>>();
holds<Equal<Account["current_balance"], number | null>>();
holds<Equal<Account["next_refill_at"], string | null>>();
holds<Equal<keyof Account, "plan" | "portal_available" | "current_balance" | "next_refill_at">>();

// A list is a page when it is awaited, and all items when it is iterated over.
holds<Equal<ReturnType<typeof listInvoices>, List<InvoicePage, Invoice>>>();
holds<Equal<ReturnType<typeof listPayments>, List<PaymentPage, Payment>>>();
export async function lists(): Promise<void> {
  const invoices = listInvoices(at);
  const payments = listPayments(at);
  const { data, has_more } = await invoices;
  holds<Equal<typeof data, Invoice[]>>();
  holds<Equal<typeof has_more, boolean>>();
  const { transactions } = await payments;
  holds<Equal<typeof transactions, Payment[]>>();
  for await (const invoice of invoices) {
    holds<Equal<typeof invoice, Invoice>>();
  }
  for await (const payment of payments) {
    holds<Equal<typeof payment, Payment>>();
  }
  const ended: Promise<number> = invoices.then((page) => page.data.length).finally(() => {});
  await ended;
  // @ts-expect-error Pages come one after the other, so there is no loop over them at once.
  for (const invoice of invoices) {
    void invoice;
  }
  // @ts-expect-error A page of payments has the name of its own for them.
  void (await payments).data;
  // The next page begins after the last item.
  listInvoices({ ...at, startingAfter: data.at(-1)?.id });
}

// An invoice is as it is on the wire, and has null where Stripe has no value.
holds<Equal<keyof InvoicePage, "data" | "has_more">>();
holds<Equal<keyof PaymentPage, "transactions" | "has_more">>();
holds<Equal<Invoice["id"], string>>();
holds<Equal<Invoice["currency" | "number" | "description" | "hosted_invoice_url" | "invoice_pdf"], string | null>>();
holds<Equal<Invoice["amount_due" | "amount_paid" | "amount_remaining" | "total"], number | null>>();
holds<Equal<Invoice["created" | "due_date" | "period_start" | "period_end"], number | null>>();
export const statuses: Invoice["status"][] = ["open", "paid", "uncollectible", "void", "one_of_the_future", null];
// @ts-expect-error A status is text.
export const notAStatus: Invoice["status"] = 1;

// And so is a payment.
holds<Equal<Payment["id"], string>>();
holds<Equal<Payment["type"], PaymentType>>();
holds<Equal<Payment["amount" | "amount_refunded" | "created"], number | null>>();
holds<Equal<Payment["currency" | "description" | "receipt_url"], string | null>>();
holds<Equal<Payment["card"], Card | null>>();
holds<Equal<Card[keyof Card], string | null>>();
// @ts-expect-error Portico has three types.
export const notAType: PaymentType = "refund";

// So is a subscription.
holds<Equal<SubscriptionPage["data"], Subscription[]>>();
holds<Equal<Subscription["plan"], string | null>>();
holds<Equal<Subscription["paused"], boolean>>();
holds<Equal<Subscription["current_period_end" | "cancel_at" | "trial_end" | "resumes_at"], number | null>>();
holds<Equal<Subscription["items"][number]["unit_amount"], number | null>>();

// An amount is written whatever of it Stripe has.
export const amounts: string[] = [
  formatAmount(1200, "usd"),
  formatAmount(null, null, "de"),
  formatAmount(1200, "usd", ["de-AT", "de"]),
];
// @ts-expect-error An amount is a number.
formatAmount("1200", "usd");

// The hook takes what it needs, and its functions are handlers of clicks as they are.
export function hook(): Billing {
  const billing = useBilling({ endpoint: "", getToken: at.getToken });
  const click: (event: { nativeEvent: MouseEvent; type: string }) => void = billing.openPortal;
  void click;
  billing.openPortal();
  billing.openPortal({ flow: { type: "payment_method_update" }, returnPath: "/account" });
  billing.startCheckout({ price: "pro_monthly" });
  // @ts-expect-error The price is missing.
  billing.startCheckout({});
  // @ts-expect-error The endpoint is the hook's.
  billing.openPortal({ endpoint: "" });
  billing.refresh({ sync: true }).then(() => {});
  holds<Equal<Billing["account"], Account | null>>();
  const code: PorticoErrorCode | undefined = billing.problem?.code;
  void code;
  return billing;
}
holds<Equal<keyof UseBillingOptions, "endpoint" | "getToken" | "sync" | "navigate">>();

// An error can be told from others, and all of it is typed.
export function hint(error: unknown): string {
  if (!(error instanceof PorticoError)) {
    throw error;
  }
  holds<Equal<typeof error.name, "PorticoError">>();
  holds<Equal<typeof error.code, PorticoErrorCode>>();
  holds<Equal<typeof error.status, number>>();
  holds<Equal<typeof error.requestId, string | null>>();
  holds<Equal<typeof error.retryAfter, number | null>>();
  holds<Equal<typeof error.body, ErrorBody | null>>();
  holds<Equal<typeof error.cause, unknown>>();
  // @ts-expect-error An error does not change.
  error.code = "framed";
  switch (error.code) {
    case "no_stripe_customer":
      return "upgrade";
    case "insufficient_balance": {
      const { current_balance = 0, required_cost = 0, plan = "free", next_refill_at, upgrade_url } = error.body ?? {};
      holds<Equal<typeof next_refill_at, string | null | undefined>>();
      holds<Equal<typeof upgrade_url, string | null | undefined>>();
      return upgrade_url ?? `${required_cost - current_balance} too few on ${plan}`;
    }
    default:
      return error.requestId ?? error.message;
  }
}

// The codes that are known are offered, and those that are not are allowed.
export const service: ServiceErrorCode = "unauthorized";
export const client: ClientErrorCode[] = ["network_error", "invalid_answer", "framed"];
holds<Equal<ClientErrorCode, "network_error" | "invalid_answer" | "framed">>();
export const later: PorticoErrorCode = "a_code_of_the_future";
// @ts-expect-error The service's codes are listed.
export const notTheService: ServiceErrorCode = "network_error";
// @ts-expect-error The client's codes are listed.
export const notTheClient: ClientErrorCode = "unauthorized";
// @ts-expect-error A code is text.
export const notACode: PorticoErrorCode = 402;

// A page can make errors for its own tests.
new PorticoError("rate_limited", "m");
new PorticoError("insufficient_balance", "m", { status: 402, body: { error: "insufficient_balance", plan: "free" } });
new PorticoError("network_error", "m", { cause: new TypeError("Failed to fetch") });
// @ts-expect-error An error has a message.
new PorticoError("rate_limited");
// @ts-expect-error The status is a number.
new PorticoError("rate_limited", "m", { status: "429" });
