/** Checks of what is for sale, and of the plans that it gives. */

import { PLAN_KEY, fits, known, planRules } from "../../plans.js";
import { Failure } from "../../failure.js";
import { DASHBOARD, DOCS, unreadable } from "../finding.js";

/** @import Stripe from "stripe" */
/** @import { Check, Symptom } from "../finding.js" */

const PLANS = `${DOCS}/webhooks.md#which-plan-a-user-has`;
const PRODUCTS = `${DASHBOARD}/products`;

/**
 * A check of each price for sale that Stripe has.
 *
 * @param {Omit<Check, "find">} check
 * @param {(price: Stripe.Price) => { what: string, remedy: string } | undefined} find
 * @returns {Check}
 */
function ofPrices(check, find) {
  return {
    ...check,
    find: ({ stripe: { prices } }) =>
      [...prices].flatMap(([name, { value: price }]) => {
        const symptom = price && find(price);
        return symptom ? [{ ...symptom, what: `${name} (${price.id}) ${symptom.what}` }] : [];
      }),
  };
}

/** @type {Check[]} */
export const priceChecks = [
  {
    id: "price-exists",
    asks: "Stripe has each price of checkout_prices in the key's mode",
    why: "every checkout of it fails with 500 stripe_rejected",
    link: PRODUCTS,
    find: ({ stripe: { prices } }) =>
      [...prices].flatMap(([name, outcome]) => {
        const { problem } = outcome;
        if (!problem || problem.status === -1) return [];
        if (problem.code !== "resource_missing") return unreadable(outcome, "prices");
        const where = problem.otherMode ? "is a price of the other mode" : "is no price at Stripe";
        return [{ what: `${name} ${where}`, remedy: "copy the identifier price_… of this mode from the Dashboard" }];
      }),
  },
  ofPrices(
    {
      id: "price-active",
      asks: "each price for sale and its product are active",
      why: "Stripe makes no checkout with an archived price",
      link: PRODUCTS,
    },
    ({ active, product }) => {
      if (!active) return { what: "is archived", remedy: "unarchive it, or put its successor into checkout_prices" };
      const archived = typeof product === "object" && !product.deleted && !product.active;
      return archived ? { what: "has an archived product", remedy: "unarchive the product" } : undefined;
    },
  ),
  ofPrices(
    {
      id: "price-recurring",
      asks: "each price for sale is a recurring one",
      why: "Portico's checkouts are subscriptions, and Stripe refuses another price in them",
      link: PRODUCTS,
    },
    ({ recurring }) =>
      recurring ? undefined : { what: "is paid once", remedy: "put a recurring price into checkout_prices" },
  ),
  ofPrices(
    {
      id: "price-quantity",
      asks: "each price for sale takes a quantity",
      why: "Portico sends a quantity, and Stripe refuses one for metered usage",
      link: PRODUCTS,
    },
    ({ recurring }) =>
      recurring?.usage_type === "metered" ? { what: "is metered", remedy: "sell a licensed price" } : undefined,
  ),
  {
    id: "price-plan",
    asks: "each price for sale gives a plan",
    why: "a user who has paid for it stays on the plan free",
    link: PLANS,
    find: ({ stripe: { prices }, patient: { given } }) => {
      const rules = rulesOf(given.settings);
      return [...prices].flatMap(([name, { value: price }]) => {
        if (!rules || !price || known(price.metadata?.[PLAN_KEY], rules)) return [];
        const given = rules.plans.some(({ matchers }) => matchers.some((matcher) => fits(matcher, price)));
        return given
          ? []
          : [{ what: `${name} (${price.id}) fits no plan of plans`, remedy: "name its product (prod_…) in plans" }];
      });
    },
  },
  {
    id: "plan-matchers",
    asks: "Stripe has the products, prices and lookup keys of plans",
    why: "a matcher that fits nothing gives nobody the plan",
    link: PLANS,
    find: ({ stripe: { matchers }, patient: { given } }) => {
      if (!rulesOf(given.settings))
        return [{ what: "plans cannot be read", remedy: "write it as team=prod_…|price_…,pro=pro_monthly,paid=*" }];
      return [...matchers].flatMap(([matcher, outcome]) => missingMatcher(matcher, outcome));
    },
  },
];

/**
 * @param {string} matcher
 * @param {import("../ask/stripe.js").Outcome<boolean>} outcome
 * @returns {Symptom[]}
 */
function missingMatcher(matcher, outcome) {
  if (outcome.problem && outcome.problem.code !== "resource_missing") return unreadable(outcome, "products and prices");
  if (outcome.value) return [];
  if (outcome.problem?.otherMode)
    return [{ what: `${matcher} of plans is of the other mode`, remedy: "name what this mode has" }];
  const kind = /^(prod|price)_/.test(matcher) ? "" : "lookup key ";
  return [{ what: `Stripe has no ${kind}${matcher}, which plans names`, remedy: "correct plans" }];
}

/** @param {import("../../settings/variables.js").Settings} settings */
function rulesOf(settings) {
  try {
    return planRules(settings);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
