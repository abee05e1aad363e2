// The billing page: what a user has, what was billed and paid, and the ways to Stripe's pages and back.

import { billingList } from "./list.js";
import { showOffers } from "./offers.js";
import { showPlan } from "./plan.js";
import {
  getAccount,
  listInvoices,
  listPayments,
  listSubscriptions,
  openBillingPortal,
  startCheckout,
  syncAccount,
} from "./portico.js";
import { describe } from "./problems.js";
import { problemRegion } from "./problem-region.js";
import { invoiceRow, paymentRow } from "./rows.js";
import { currentUser, getToken, loadUsers, signIn } from "./session.js";
import { UPDATE_CARD } from "./subscription.js";
import { languageFor, wordsIn } from "./words.js";

/** Where Portico is. Here it is on the page's own origin; in a product it is, say, https://billing.example.com. */
const endpoint = location.origin;
const LANGUAGE = "language";
/** For how long, in milliseconds, the way to the portal waits for what Stripe says of the subscriptions. */
const PATIENCE = 1000;

const element = (id) => document.getElementById(id);
const show = (id, visible = true) => (element(id).hidden = !visible);

let words = wordsIn(localStorage.getItem(LANGUAGE) ?? languageFor(navigator.languages), navigator.languages);
/** What is shown, so that it can be written in another language. */
let shown = null;
/** What the status of the plan says, in whatever language it is asked for. */
let told = null;
/** The loading of the account that is under way: a later one takes its place. */
let loading = null;
/** The way to one of Stripe's pages that is under way, so that it can be stopped. */
let leaving = null;

const leavers = () => [...document.querySelectorAll("button.leaves")];
const problem = problemRegion(() => words, leavers);
const lists = [
  billingList({
    id: "invoices",
    words: () => words,
    load: async (options) => {
      const { data, has_more } = await listInvoices({ endpoint, getToken, ...options });
      return { items: data, has_more };
    },
    toRow: (invoice) => invoiceRow(invoice, Date.now() / 1000, words),
    onSignedOut: (error) => fail(error, () => showAccount()),
  }),
  billingList({
    id: "payments",
    words: () => words,
    load: async (options) => {
      const { transactions, has_more } = await listPayments({ endpoint, getToken, ...options });
      return { items: transactions, has_more };
    },
    toRow: (payment) => paymentRow(payment, words),
    onSignedOut: (error) => fail(error, () => showAccount()),
  }),
];

/** Asks what the user has. `back` says from which of Stripe's pages the user comes, if from one. */
async function showAccount(back = whereFrom()) {
  loading?.abort();
  stop();
  loading = new AbortController();
  const { signal } = loading;
  problem.clear();
  shown = null;
  for (const list of lists) list.clear();
  for (const part of ["billing", "team", "plans", "plan", "purchase", "plan-again"]) show(part, false);
  say({ checkout: "purchase_loading", portal: "changes_loading" }[back] ?? "plan_loading", true);
  try {
    const account = await loadAccount(back, { endpoint, getToken, signal });
    const details = await loadSubscriptions(account, signal);
    const waits = back === "checkout" && account.plan === "free" && details.subscriptions.length === 0;
    if (!waits) forgetWhereFrom();
    shown = { account, waits, ...details };
    render();
    say(details.failed ? "details_failed" : null);
    show("plan-again", details.failed);
  } catch (error) {
    if (signal.aborted) return;
    say("plan_failed");
    fail(error, () => showAccount(back));
    return;
  }
  // Nobody who has no customer has invoices.
  if (shown.account.portal_available && !shown.forbidden) await Promise.all(lists.map((list) => list.show()));
}

/** Stripe tells Portico what a user has bought or changed, but the user may be quicker. So Portico asks Stripe first. */
async function loadAccount(back, options) {
  if (!back) return getAccount(options);
  try {
    return await syncAccount(options);
  } catch (error) {
    // What has changed in the portal is in the list of subscriptions anyway, which comes from Stripe.
    if (back === "portal" && !options.signal.aborted) return getAccount(options);
    throw error;
  }
}

/** Lists the subscriptions. Without them, the page still has the plan and the way to the portal. */
async function loadSubscriptions(account, signal) {
  const none = { subscriptions: [], loading: false, forbidden: false, failed: false };
  if (!account.portal_available) return none;
  const slow = setTimeout(() => {
    shown = { account, waits: false, ...none, loading: true };
    render();
  }, PATIENCE);
  try {
    const { data } = await listSubscriptions({ endpoint, getToken, signal });
    return { ...none, subscriptions: data };
  } catch (error) {
    if (signal.aborted || error?.code === "unauthorized") throw error;
    const forbidden = error?.code === "forbidden";
    return { ...none, forbidden, failed: !forbidden };
  } finally {
    clearTimeout(slow);
  }
}

/** Writes what is known, in the language that is chosen. */
function render() {
  document.documentElement.lang = words.language;
  document.title = `${words.text("page_title")} · Quill`;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = words.text(node.dataset.text);
  element("language").value = words.language;
  showOffers(words);
  if (told) element("plan-status").textContent = words.text(told);
  if (!shown) return;
  document.body.append(element("progress"));
  const { account, subscriptions, loading, forbidden, failed, waits } = shown;
  const asksForCard = showPlan(shown, words, ({ flow }) => open(flow));
  show("plan", !waits);
  show("purchase", waits);
  show("billing", account.portal_available && !forbidden);
  show("update-card", !asksForCard);
  show("team", forbidden);
  // To be bought is only what the user surely does not have.
  const hasNone = subscriptions.length === 0 && !loading && !forbidden && !failed && !waits;
  show("plans", account.plan === "free" && hasNone);
  setBusy(leaving !== null);
}

/** Says how the loading of the plan stands; nothing where `name` is `null`. */
function say(name, busy = false) {
  told = name;
  element("plan-status").textContent = name ? words.text(name) : "";
  show("plan-status", name !== null);
  element("plan-section").ariaBusy = String(busy);
}

/** From which of Stripe's pages the address says that the user comes. */
function whereFrom() {
  const query = new URLSearchParams(location.search);
  return ["checkout", "portal"].find((page) => query.get(page) === "done") ?? null;
}

/** What was bought or changed is here, so a page that is loaded again need not look for it. */
function forgetWhereFrom() {
  const url = new URL(location);
  for (const page of ["checkout", "portal"]) url.searchParams.delete(page);
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

/** Opens the portal, at one of its flows if there is one, and leaves this page. */
function open(flow) {
  const go = (options) =>
    openBillingPortal({ ...options, flow: flow ?? undefined, locale: words.language, returnPath: "/account?portal=done" });
  return leave("opening", go, { retry: () => open(flow), deepLink: Boolean(flow) });
}

/** Leaves for the checkout of a price. */
function subscribe(price) {
  const paths = { successPath: "/account?checkout=done", cancelPath: "/account" };
  const go = (options) => startCheckout({ ...options, price, locale: words.language, ...paths });
  return leave("opening_checkout", go, { retry: () => subscribe(price) });
}

async function leave(progress, go, { retry, deepLink }) {
  stop();
  leaving = new AbortController();
  const { signal } = leaving;
  problem.clear();
  element("progress-text").textContent = words.text(progress);
  // The button that was pressed is about to be disabled. The next stop of the keyboard is the way back.
  const pressed = document.activeElement;
  if (pressed?.matches("button.leaves")) pressed.after(element("progress"));
  setBusy(true);
  try {
    await go({ endpoint, getToken, signal });
    // The browser is on its way, so the buttons stay as they are.
  } catch (error) {
    if (signal.aborted) return;
    stop();
    fail(error, retry, deepLink);
  }
}

function setBusy(busy) {
  for (const button of leavers()) button.disabled = busy;
  show("progress", busy);
}

/** Gives up the way to Stripe's page: the request, and also the navigation, which lasts until its page begins to come. */
function stop() {
  if (!leaving) return;
  leaving.abort();
  leaving = null;
  window.stop();
  setBusy(false);
  document.body.append(element("progress"));
}

/** Tells what went wrong, with what can be done about it. */
function fail(error, retry, deepLink = false) {
  problem.show(error, () => describe(error, words, deepLink), {
    retry,
    reload: () => showAccount(),
    portal: () => open(null),
    plans: () => show("plans"),
    "own-window": () => window.open(location.href, "_blank", "noopener"),
    "sign-in": () => {
      signIn(currentUser().id);
      return showAccount();
    },
  });
}

element("manage").onclick = () => open(null);
element("update-card").onclick = () => open(UPDATE_CARD);
element("subscribe").onclick = () => subscribe(showOffers(words).price);
element("plans").onchange = () => showOffers(words);
element("stop").onclick = stop;
element("purchase-again").onclick = () => showAccount("checkout");
element("plan-again").onclick = () => showAccount();
element("user").onchange = (event) => {
  signIn(event.target.value);
  showAccount();
};
element("language").onchange = (event) => {
  localStorage.setItem(LANGUAGE, event.target.value);
  words = wordsIn(event.target.value, navigator.languages);
  render();
  for (const list of lists) list.translate();
  problem.translate();
};

// "Back" from Stripe's page may show this very page again, as it was left: with the buttons still waiting, and with what
// may have changed since.
addEventListener("pageshow", (event) => {
  if (event.persisted) showAccount("portal");
});

render();
try {
  for (const user of await loadUsers()) element("user").add(new Option(user.name, user.id));
  element("user").value = currentUser().id;
  await showAccount();
} catch (error) {
  say("plan_failed");
  fail(error, () => location.reload());
}
