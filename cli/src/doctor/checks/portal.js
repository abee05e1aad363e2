/** Checks of the portal's configuration. */

import { DASHBOARD, unreadable } from "../finding.js";

/** @import Stripe from "stripe" */
/** @import { Check, Symptom } from "../finding.js" */
/** @import { Facts } from "../facts.js" */

const SETTINGS = `${DASHBOARD}/settings/billing/portal`;

/** The feature of the configuration that a flow needs, and as the Dashboard names it. */
const FEATURES = /** @type {Record<string, { feature: keyof Stripe.BillingPortal.Configuration.Features, name: string }>} */ ({
  customer_update: { feature: "customer_update", name: "updating customer information" },
  subscription_pause: { feature: "subscription_pause", name: "pausing subscriptions" },
  subscription_update: { feature: "subscription_update", name: "switching plans" },
  subscription_update_confirm: { feature: "subscription_update", name: "switching plans" },
});

/** The flows that pages can lead to. */
export const FLOWS = ["payment_method_update", "subscription_cancel", ...Object.keys(FEATURES)];

/**
 * A check of a configuration that is there.
 *
 * @param {Omit<Check, "find" | "link">} check
 * @param {(configuration: Stripe.BillingPortal.Configuration, facts: Facts) => Symptom[]} find
 * @returns {Check}
 */
function ofConfiguration(check, find) {
  return { ...check, link: SETTINGS, find: (facts) => (facts.stripe.portal.value ? find(facts.stripe.portal.value, facts) : []) };
}

/** @type {Check[]} */
export const portalChecks = [
  {
    id: "portal-configuration",
    asks: "the portal has an active configuration of the key's mode",
    why: "Stripe opens no portal session without it: 500 portal_not_configured",
    link: SETTINGS,
    find: (facts) => configuration(facts),
  },
  ofConfiguration(
    {
      id: "portal-cancel",
      asks: "customers can cancel in the portal",
      why: "whoever cannot cancel disputes the charge, and many laws want it as easy as signing up",
    },
    ({ features }) => (features.subscription_cancel.enabled ? [] : [{ what: "cancelling is off", remedy: "turn “Cancel subscriptions” on" }]),
  ),
  ofConfiguration(
    {
      id: "portal-payment-method",
      asks: "customers can change the payment method in the portal",
      why: "a customer whose card has expired cannot pay any more",
    },
    ({ features }) =>
      features.payment_method_update.enabled ? [] : [{ what: "changing the payment method is off", remedy: "turn “Payment methods” on" }],
  ),
  ofConfiguration(
    {
      id: "portal-flows",
      asks: "the configuration allows the flows of --flows",
      why: "Portico answers 400 invalid_request to a flow that the configuration forbids",
    },
    ({ features }, { patient: { flows } }) =>
      flows.flatMap((flow) => {
        const needed = FEATURES[flow];
        if (!needed) return [];
        if (!features[needed.feature].enabled) {
          return [{ what: `the flow ${flow} is off`, remedy: `turn ${needed.name} on` }];
        }
        const { default_allowed_updates: updates } = features.subscription_update;
        if (needed.feature !== "subscription_update" || updates.includes("price")) return [];
        return [{ what: `the flow ${flow} cannot change the price`, remedy: "allow customers to switch plans" }];
      }),
  ),
  ofConfiguration(
    {
      id: "portal-prices",
      asks: "the prices of checkout_prices are among those that customers can switch to",
      why: "a customer can buy the price and not switch to it",
    },
    ({ features }, { stripe: { prices } }) => {
      const { enabled, products } = features.subscription_update;
      if (!enabled) return [];
      const listed = (products ?? []).flatMap((product) => product.prices);
      return [...prices].flatMap(([name, { value: price }]) =>
        price && !listed.includes(price.id)
          ? [{ level: "warning", what: `${name} (${price.id}) is not in the portal's products`, remedy: "add the price to the portal's products" }]
          : [],
      );
    },
  ),
];

/**
 * @param {Facts} facts
 * @returns {Symptom[]}
 */
function configuration({ stripe: { portal }, patient: { given, key } }) {
  const id = given.settings.stripe_portal_configuration;
  const { value, problem } = portal;
  if (problem?.status === -1) return [];
  if (problem?.code === "resource_missing") {
    const where = problem.otherMode ? "it is of the other mode" : "Stripe has none of this name";
    return [{ what: `stripe_portal_configuration names ${id}: ${where}`, remedy: "name one of this mode, or none for the default one" }];
  }
  if (problem) return unreadable(portal, "portal's configurations");
  if (!value) return [{ what: "the portal has no configuration in this mode", remedy: "save its settings once in the Dashboard" }];
  if (!value.active) return [{ what: `the configuration ${value.id} is not active`, remedy: "activate it, or name another" }];
  if (value.livemode !== key.live) return [{ what: `the configuration ${value.id} is of the other mode`, remedy: "name one of this mode" }];
  return [];
}
