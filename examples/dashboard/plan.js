// The section of the page that says what the user has, until when, and what can be done about it.

import { planName, showSubscription } from "./subscription.js";

const element = (id) => document.getElementById(id);

/**
 * Shows the plan: each subscription that is not over, or what the account alone says where there is none.
 *
 * @param {object} plan
 * @param {import("portico-billing").Account} plan.account
 * @param {import("portico-billing").Subscription[]} plan.subscriptions
 * @param {boolean} plan.loading  Whether they are still on their way.
 * @param {boolean} plan.forbidden  Whether the user may not see them.
 * @param {boolean} plan.failed  Whether they could not be had.
 * @param {import("./words.js").Words} words
 * @param {(action: import("./subscription.js").Action) => void} act  Called when the user wants an action.
 * @returns {boolean}  Whether the user is asked to update a card.
 */
export function showPlan({ account, subscriptions, loading, forbidden, failed }, words, act) {
  const shown = subscriptions.map((subscription) => showSubscription(subscription, words));
  const line = loading || failed ? null : forbidden ? "team_line" : account.plan === "free" ? "free_line" : "granted_line";
  const cards = shown.length > 0 ? shown : [withoutSubscription(account, line, words)];
  element("subscriptions").replaceChildren(...cards.map((card, index) => subscriptionCard(card, index, act)));
  showWallet(account, words);
  return cards.some(({ notice }) => notice?.action.flow?.type === "payment_method_update");
}

function withoutSubscription({ plan }, line, words) {
  const nothing = { status: "", mood: "calm", prices: [], notice: null, actions: [] };
  return { ...nothing, name: planName(plan, words), line: line ? words.text(line) : "" };
}

/** Fills the template in with text, so that nothing that Stripe knows becomes part of the page. */
function subscriptionCard({ name, status, mood, prices, line, notice, actions }, index, act) {
  const card = element("subscription").content.cloneNode(true).firstElementChild;
  const part = (name) => card.querySelector(`.${name}`);
  const heading = part("name");
  heading.id = `subscription-${index}`;
  heading.textContent = name;
  card.setAttribute("aria-labelledby", heading.id);
  part("pill").textContent = status;
  part("pill").classList.add(mood);
  part("pill").hidden = status === "";
  part("prices").append(...prices.map((price) => Object.assign(document.createElement("p"), { textContent: price })));
  part("line").textContent = line;
  part("line").hidden = line === "";
  part("notice").hidden = notice === null;
  if (notice) {
    part("notice").classList.add(mood);
    part("notice-text").textContent = notice.text;
    part("notice").append(control(notice.action, heading.id, act, "primary"));
  }
  part("buttons").append(...actions.map((action) => control(action, heading.id, act, quiet(action) ? "quiet" : "")));
  part("buttons").hidden = actions.length === 0;
  return card;
}

/** The way out is there, and is not what catches the eye. */
const quiet = ({ flow }) => flow?.type === "subscription_cancel";

/** A button that leaves the page, or a link to a place on it. What it belongs to is told to those who only hear it. */
function control(action, described, act, className) {
  const own = "href" in action;
  const node = document.createElement(own ? "a" : "button");
  node.textContent = action.text;
  node.className = own ? `button ${className}` : `leaves ${className}`;
  node.setAttribute("aria-describedby", described);
  if (own) {
    node.href = action.href;
  } else {
    node.type = "button";
    node.onclick = () => act(action);
  }
  return node;
}

/** Shows the tokens to those who have some, or will. Not every product has a wallet. */
function showWallet({ current_balance, next_refill_at }, words) {
  const refill = new Date(next_refill_at ?? NaN).getTime() / 1000;
  element("wallet").hidden = current_balance === 0 && next_refill_at === null;
  element("balance").textContent = current_balance === null ? words.text("unknown") : words.number(current_balance);
  element("refill").textContent = Number.isNaN(refill) ? words.text("none") : words.day(refill, "long");
}
