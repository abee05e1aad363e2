// How a subscription stands, and what its user can do about it. Nothing here touches the page.

/**
 * A thing to do: at one flow of the portal, on its first page (`flow` is `null`), or on this page (`href`).
 *
 * @typedef {{ text: string, flow: object | null } | { text: string, href: string }} Action
 */

/**
 * What is shown of a subscription.
 *
 * @typedef {object} Shown
 * @property {string} name
 * @property {string} status
 * @property {"good" | "calm" | "waiting" | "bad"} mood  How the status looks.
 * @property {string[]} prices  One for each item.
 * @property {string} line  Until when, or from when; it may be empty.
 * @property {{ text: string, action: Action } | null} notice  What the user should know or do.
 * @property {Action[]} actions  What else can be done.
 */

/** Leads to the form for a new card, and straight back. */
export const UPDATE_CARD = { type: "payment_method_update", after_completion: "redirect" };

/**
 * Says how a subscription stands. What needs the user comes before what does not: of a subscription in its trial whose
 * payment has failed, the payment is told.
 *
 * @param {import("portico-billing").Subscription} subscription
 * @param {import("./words.js").Words} words
 * @returns {Shown}
 */
export function showSubscription(subscription, words) {
  const { text } = words;
  const name = planName(subscription.plan, words);
  const standing = stands(subscription, words);
  const flows = { change: "subscription_update", pause: "subscription_pause", cancel: "subscription_cancel" };
  const { notice } = standing;
  return {
    name,
    status: standing.status in LABELS ? text(LABELS[standing.status]) : standing.status,
    mood: MOODS[standing.status] ?? "calm",
    prices: subscription.items.map((item) => price(item, words)),
    line: standing.line ?? "",
    notice: notice ? { text: text(notice.text), action: notice.action } : null,
    actions: (standing.can ?? []).map((what) => ({
      text: text(`action_${what}`),
      flow: { type: flows[what], subscription: subscription.id, after_completion: "redirect" },
    })),
  };
}

/** What the page says of a status; of one that Stripe adds some day, it says Stripe's own word. */
const LABELS = {
  active: "status_active",
  trial: "status_trial",
  ends: "status_ends",
  failed: "status_failed",
  unpaid: "status_unpaid",
  incomplete: "status_incomplete",
  paused: "status_paused",
};
const MOODS = { active: "good", trial: "calm", ends: "waiting", paused: "waiting", failed: "bad", unpaid: "bad", incomplete: "bad" };

/** The first that fits, and what can be done then. */
function stands({ status, items, current_period_end, cancel_at, trial_end, paused, resumes_at }, words) {
  const { text } = words;
  const on = (line, seconds, values = {}) => text(line, { date: words.day(seconds, "long"), ...values });
  const card = (name) => ({ text: text(name), flow: UPDATE_CARD });
  const ends = cancel_at === null ? null : on("line_ends", cancel_at);

  if (status === "incomplete") {
    const action = { text: text("action_pay"), href: "#invoices" };
    return { status, notice: { text: "notice_incomplete", action } };
  }
  if (status === "past_due") {
    const notice = { text: "notice_failed", action: card("action_card") };
    return { status: "failed", line: ends, notice, can: ends ? [] : ["cancel"] };
  }
  if (status === "unpaid") {
    return { status, line: ends, notice: { text: "notice_unpaid", action: card("action_card") }, can: ends ? [] : ["cancel"] };
  }
  if (status === "paused") {
    return { status, notice: { text: "notice_trial_over", action: card("action_add_card") }, can: ["cancel"] };
  }
  if (paused) {
    const action = { text: text("action_resume"), flow: null };
    const line = resumes_at === null ? text("line_paused") : on("line_paused_until", resumes_at);
    return { status: "paused", line: ends ?? line, notice: { text: "notice_paused", action }, can: ends ? [] : ["cancel"] };
  }
  if (cancel_at !== null) {
    const inTrial = status === "trialing" && trial_end !== null;
    const line = inTrial ? on("line_trial_ends", cancel_at) : ends;
    // No flow takes a cancellation back; the portal's first page does.
    const action = { text: text("action_keep"), flow: null };
    return { status: inTrial ? "trial" : "ends", line, notice: { text: "notice_ends", action } };
  }
  if (status === "trialing") {
    const then = items.length === 1 ? price(items[0], words) : "";
    const line = then ? on("line_trial_then", trial_end, { price: then }) : on("line_trial", trial_end);
    return { status: "trial", line, can: ["change", "cancel"] };
  }
  const line = current_period_end === null ? "" : on("line_renews", current_period_end);
  return { status, line, can: ["change", "pause", "cancel"] };
}

/** An item's price, and how often it is paid. */
function price({ quantity, unit_amount, currency, interval, interval_count }, words) {
  if (unit_amount === null) return words.text("price_open");
  const amount = words.amount(unit_amount, currency);
  const per = interval === null ? "" : words.per(interval, interval_count ?? 1);
  return words.text((quantity ?? 1) > 1 ? "price_many" : "price_per", { quantity, amount, per }).trim();
}

/** A plan by a name for people: plans have names for programs. */
export function planName(plan, { text }) {
  if (plan === null) return text("plan_without_name");
  return plan === "free" ? text("plan_free") : plan[0].toUpperCase() + plan.slice(1).replaceAll(/[-_]/g, " ");
}
