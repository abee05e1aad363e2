/** Which plan a customer's subscriptions give, and by which rule. */

import { Failure } from "./failure.js";

/** @import Stripe from "stripe" */

/**
 * @typedef {object} PlanRules
 * @property {{ plan: string, matchers: string[] }[]} plans The highest first.
 * @property {string[]} limited Further plans that the operator knows: those of `rate_limits`.
 * @property {string[]} entitled The statuses of subscriptions that give a plan.
 */

/**
 * @typedef {object} Given
 * @property {string} plan
 * @property {string} rule
 * @property {boolean} entitled Whether any subscription gives a plan.
 */

/** The metadata key by which a customer or a price names a plan. */
export const PLAN_KEY = "portico_plan";

/** The plan of users without one. */
const FREE = "free";

/**
 * Reads the variables `plans`, `rate_limits` and `entitled_statuses`.
 *
 * @param {{ plans: string, rate_limits: string, entitled_statuses: string }} settings
 * @returns {PlanRules}
 */
export function planRules(settings) {
  const plans = listOf(settings.plans).map((item) => {
    const [plan = "", matchers] = split(item, "=");
    const each = matchers?.split("|").map((matcher) => matcher.trim()) ?? [];
    if (!isPlan(plan.trim()) || each.length === 0 || each.includes("")) {
      throw new Failure("`plans` is not a list of plans like team=prod_…|price_…,pro=pro_monthly,paid=*");
    }
    return { plan: plan.trim(), matchers: each };
  });
  const limited = listOf(settings.rate_limits).map((item) => (split(item, "=")[0] ?? "").trim());
  return { plans, limited: limited.filter(isPlan), entitled: listOf(settings.entitled_statuses) };
}

/**
 * The items of a comma-separated list.
 *
 * @param {string} text
 */
export function listOf(text) {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/**
 * @param {string} text
 * @param {string} separator
 */
function split(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** @param {string | undefined} text */
function isPlan(text) {
  return text !== undefined && /^(?! )[ !#-+\--<>-[\]-~]{1,64}(?<! )$/.test(text);
}

/**
 * The plan of a customer: what the metadata of the customer names, then of a price, if the operator knows that plan;
 * else the highest plan that a subscription fits; else the plan of users without one.
 *
 * @param {Pick<Stripe.Customer, "metadata">} customer
 * @param {readonly Stripe.Subscription[]} subscriptions
 * @param {PlanRules} rules
 * @returns {Given}
 */
export function planOf(customer, subscriptions, rules) {
  const entitled = subscriptions.filter(({ status }) => rules.entitled.includes(status));
  const is = { entitled: entitled.length > 0 };
  const onCustomer = known(customer.metadata?.[PLAN_KEY], rules);
  if (onCustomer) return { plan: onCustomer, rule: `the customer's metadata[${PLAN_KEY}]`, ...is };
  const priced = entitled.flatMap((subscription) =>
    subscription.items.data.map(({ price }) => ({ price, subscription })),
  );
  // Of several prices that name a plan, the highest one counts; plans that only have a limit come last.
  const named = priced
    .flatMap(({ price }) => {
      const plan = known(price.metadata?.[PLAN_KEY], rules);
      return plan ? [{ plan, rule: `metadata[${PLAN_KEY}] of ${price.id}` }] : [];
    })
    .sort((a, b) => rank(a.plan, rules) - rank(b.plan, rules))[0];
  if (named) return { ...named, ...is };
  for (const { plan, matchers } of rules.plans) {
    for (const { price, subscription } of priced) {
      const matcher = matchers.find((matcher) => fits(matcher, price));
      if (matcher) return { plan, rule: `${plan}=${matcher} fits ${price.id} of ${subscription.id}`, ...is };
    }
  }
  return { plan: FREE, rule: nothing(subscriptions, priced, rules), ...is };
}

/**
 * Why no plan was found.
 *
 * @param {readonly Stripe.Subscription[]} subscriptions
 * @param {readonly { price: Stripe.Price }[]} priced
 * @param {PlanRules} rules
 */
function nothing(subscriptions, priced, { entitled }) {
  if (priced.length > 0) return `no plan of \`plans\` fits ${priced.map(({ price }) => price.id).join(", ")}`;
  if (subscriptions.length === 0) return "the customer has no subscription that is not over";
  const statuses = subscriptions.map(({ id, status }) => `${id} is ${status}`).join(", ");
  return `${statuses}, and only ${entitled.join(", ")} give a plan`;
}

/**
 * Whether a matcher of `plans` fits a price.
 *
 * @param {string} matcher
 * @param {Pick<Stripe.Price, "id" | "product" | "lookup_key">} price
 */
export function fits(matcher, price) {
  if (matcher === "*") return true;
  const product = typeof price.product === "string" ? price.product : price.product.id;
  if (matcher.startsWith("prod_")) return product === matcher;
  if (matcher.startsWith("price_")) return price.id === matcher;
  return price.lookup_key === matcher;
}

/**
 * The plan that metadata names, if the operator knows it.
 *
 * @param {string | undefined} plan
 * @param {PlanRules} rules
 */
export function known(plan, { plans, limited }) {
  const is = plan !== undefined && (plans.some((one) => one.plan === plan) || limited.includes(plan));
  return is ? plan : undefined;
}

/**
 * @param {string} plan
 * @param {PlanRules} rules
 */
function rank(plan, { plans }) {
  const at = plans.findIndex((one) => one.plan === plan);
  return at < 0 ? plans.length : at;
}
