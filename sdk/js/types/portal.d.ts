// What a caller can choose about Stripe's pages.

/** A deep link into one flow of the portal, with the names of the wire. */
export type Flow =
  | PaymentMethodUpdateFlow
  | CustomerUpdateFlow
  | SubscriptionCancelFlow
  | SubscriptionPauseFlow
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

/** Pauses a subscription. */
export interface SubscriptionPauseFlow extends FlowBase {
  type: "subscription_pause";
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
  /** The item to change. Stripe takes exactly one. */
  items: readonly [SubscriptionItem];
  /** The discount to apply, if any. */
  discounts?: readonly [] | readonly [Discount];
}

/** What all flows take. */
export interface FlowBase {
  /** What happens when the user is done; `redirect` leads to the return path. */
  after_completion?: "portal_homepage" | "hosted_confirmation" | "redirect";
}

/** An item of a subscription, and its new price or quantity. */
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

/** The locales of Stripe's Checkout, compared to the letter. They are not quite those of the portal. */
export type CheckoutLocale = Exclude<Locale, "en-AU" | "en-CA" | "en-IE" | "en-IN" | "en-NZ" | "en-SG"> | "hi-IN";

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
