// The account page: what a user has, what was billed and paid, and the way to the billing portal.

import { countDown } from "./countdown.js";
import { invoiceRow, paymentRow } from "./format.js";
import { billingList } from "./list.js";
import { getAccount, listInvoices, listPayments, openBillingPortal, syncAccount } from "./portico.js";
import { describe } from "./problems.js";
import { currentUser, getToken, loadUsers, openCheckout, signIn } from "./session.js";

/** Where Portico is. Here it is on the page's own origin; in a product it is, say, https://billing.example.com. */
const endpoint = location.origin;

const element = (id) => document.getElementById(id);
const show = (id, visible = true) => (element(id).hidden = !visible);
const say = (id, text) => (element(id).textContent = text);

const portalButtons = [element("manage"), element("update-card"), element("cancel-subscription")];

/** The request to the portal that is under way, so that it can be stopped. */
let opening = null;
/** The loading of the account that is under way: a later one takes its place. */
let loading = null;
let stopCounting = () => {};

const lists = [
  billingList({
    id: "invoices",
    things: "invoices",
    load: async (options) => {
      const { data, has_more } = await listInvoices({ endpoint, getToken, ...options });
      return { items: data, has_more };
    },
    toRow: (invoice) => invoiceRow(invoice, Date.now() / 1000, navigator.languages),
    onSignedOut: (error) => showProblem(error, { retry: showAccount }),
  }),
  billingList({
    id: "payments",
    things: "payments",
    load: async (options) => {
      const { transactions, has_more } = await listPayments({ endpoint, getToken, ...options });
      return { items: transactions, has_more };
    },
    toRow: (payment) => paymentRow(payment, navigator.languages),
    onSignedOut: (error) => showProblem(error, { retry: showAccount }),
  }),
];

/** Asks what the user has, and shows the billing section only if the portal would open. */
async function showAccount() {
  loading?.abort();
  stop();
  loading = new AbortController();
  const { signal } = loading;
  clearProblem();
  for (const list of lists) list.clear();
  for (const part of ["billing", "plans", "plan", "purchase"]) show(part, false);
  const back = isBackFromCheckout();
  say("plan-loading", back ? "Looking for your purchase…" : "Loading your plan…");
  show("plan-loading");
  try {
    // Stripe tells Portico of a purchase, but the user may be quicker.
    const account = await (back ? syncAccount : getAccount)({ endpoint, getToken, signal });
    show("purchase", back && account.plan === "free");
    if (back && account.plan !== "free") forgetCheckout();
    say("plan-name", account.plan);
    say("balance", account.current_balance?.toLocaleString("en-GB") ?? "unknown");
    say("refill", account.next_refill_at ? new Date(account.next_refill_at).toLocaleDateString("en-GB", { dateStyle: "long" }) : "none");
    show("plan");
    show("billing", account.portal_available);
    show("cancel-subscription", Boolean(currentUser().subscription));
    show("plans", account.plan === "free" && !back);
    show("buy", Boolean(currentUser().can_buy));
    show("plan-loading", false);
  } catch (error) {
    if (signal.aborted) return;
    say("plan-loading", "Your plan cannot be shown now.");
    showProblem(error, { retry: showAccount });
    return;
  }
  await Promise.all(lists.map((list) => list.show()));
}

/** Whether the checkout has sent the user back: its `success_url` is this page's address with this parameter. */
function isBackFromCheckout() {
  return new URLSearchParams(location.search).get("checkout") === "success";
}

/** The purchase has arrived, so a page that is loaded again need not look for it. */
function forgetCheckout() {
  const url = new URL(location);
  url.searchParams.delete("checkout");
  history.replaceState(history.state, "", url);
}

/** Opens the portal, at one of its flows if there is one, and leaves this page. */
async function open(flow) {
  stop();
  opening = new AbortController();
  const { signal } = opening;
  clearProblem();
  setBusy(true);
  try {
    await openBillingPortal({ endpoint, getToken, flow, returnPath: "/account", signal });
    // The browser is on its way, so the buttons stay as they are.
  } catch (error) {
    if (signal.aborted) return;
    stop();
    showProblem(error, { retry: () => open(flow), deepLink: Boolean(flow) });
  }
}

/** Leaves for the checkout. */
async function buy() {
  clearProblem();
  element("buy").disabled = true;
  try {
    location.assign(await openCheckout());
  } catch (error) {
    element("buy").disabled = false;
    showProblem(error, { retry: buy });
  }
}

function setBusy(busy) {
  for (const button of portalButtons) button.disabled = busy;
  show("progress", busy);
}

/** Gives up the way to the portal: the request, and also the navigation, which lasts until its page begins to come. */
function stop() {
  if (!opening) return;
  opening.abort();
  opening = null;
  window.stop();
  setBusy(false);
}

function showProblem(error, { retry, deepLink = false }) {
  const problem = describe(error, deepLink);
  const act = {
    retry,
    portal: () => open(),
    "own-window": () => window.open(location.href, "_blank", "noopener"),
    "sign-in": () => {
      signIn(currentUser().id);
      return showAccount();
    },
  }[problem.action];

  say("problem-title", problem.title);
  say("problem-text", problem.text);
  const reference = problem.reference && error?.requestId;
  if (reference) say("problem-reference", `Reference: ${error.requestId}`);
  show("problem-reference", Boolean(reference));

  const button = element("problem-action");
  button.onclick = act ?? null;
  show("problem-action", Boolean(act));
  if (act) stopCounting = countDown([button, ...portalButtons], problem.label, problem.wait ?? 0);

  const link = element("problem-link");
  if (problem.link) {
    link.href = problem.link.href;
    link.textContent = problem.link.text;
    if (problem.link.href === "#plans") show("plans");
  }
  show("problem-link", Boolean(problem.link));
  element("problem").dataset.code = error?.code ?? "";
  show("problem");
  // On a phone, what has just appeared may be below the screen.
  element("problem").scrollIntoView({ block: "nearest" });
}

function clearProblem() {
  stopCounting();
  for (const button of portalButtons) button.disabled = false;
  show("problem", false);
}

element("manage").onclick = () => open();
element("update-card").onclick = () => open({ type: "payment_method_update", after_completion: "redirect" });
element("cancel-subscription").onclick = () =>
  open({ type: "subscription_cancel", subscription: currentUser().subscription });
element("stop").onclick = stop;
element("buy").onclick = buy;
element("purchase-again").onclick = () => showAccount();
element("user").onchange = (event) => {
  signIn(event.target.value);
  showAccount();
};

// "Back" from the portal may show this very page again, as it was left: with the buttons still waiting.
addEventListener("pageshow", (event) => {
  element("buy").disabled = false;
  if (event.persisted) showAccount();
});

try {
  for (const user of await loadUsers()) element("user").add(new Option(user.name, user.id));
  element("user").value = currentUser().id;
  await showAccount();
} catch (error) {
  say("plan-loading", "Your plan cannot be shown now.");
  showProblem(error, { retry: () => location.reload() });
}
