// The billing page in each state of a subscription, and where its buttons lead.

import assert from "node:assert/strict";

import { manage, portal, problem, problemOf, settled } from "./account.mjs";
import { CHECKOUT, SUBSCRIPTIONS, SYNC, at, bill, invoice, payment, refusal, subscribed } from "./billing.mjs";
import { browserTest, eventually, screenshot, suite } from "./harness.mjs";
import { BALANCE, PORTAL, STEADY, sharedHost } from "./host.mjs";
import { STATES, account, item, subscription } from "./states.mjs";

const FREE = account({ plan: "free", portal_available: false });

/** The section that says what the user has. */
const plan = (page) => page.getByRole("region", { name: "Plan", exact: true });

/** Opens the page of a user with these subscriptions, whose invoices and payments are as they often are. */
async function openWith(page, subscriptions, { known = account(), path = "/", invoices = [invoice(2)] } = {}) {
  const host = await sharedHost(STEADY);
  await page.clock.setFixedTime(at(0) * 1000);
  await subscribed(page, host, known, subscriptions);
  await bill(page, host, { invoices, payments: [payment(2)] });
  await page.goto(host.origin + path);
  await settled(page);
  return host;
}

/** Clicks, and gives what Portico is asked for then. It answers that the request was not acceptable. */
async function asked(page, host, path, button) {
  const bodies = [];
  await page.route(host.origin + path, (route) => {
    bodies.push(route.request().postDataJSON());
    return route.fulfill(refusal(400, "invalid_request"));
  });
  await button.click();
  await problem(page).waitFor();
  await page.unroute(host.origin + path);
  assert.equal(bodies.length, 1);
  return bodies[0];
}

suite("A subscription on the billing page", () => {
  for (const { name, subscription: changes, says, offers } of STATES) {
    browserTest(`says how it stands, and leads to what can be done: ${name}`, async ({ page }) => {
      const host = await openWith(page, [subscription(changes)]);
      const told = await plan(page).innerText();
      for (const text of says) assert.ok(told.includes(text), `"${text}" is in: ${told}`);
      const buttons = plan(page).getByRole("button");
      assert.deepEqual(await buttons.allInnerTexts(), offers.map(([text]) => text));
      await screenshot(page, `plan-${name}`);

      for (const [text, flow] of offers) {
        const body = await asked(page, host, PORTAL, buttons.filter({ hasText: text }));
        const choice = { locale: "en", return_path: "/account?portal=done" };
        assert.deepEqual(body, flow === null ? choice : { flow, ...choice });
      }
    });
  }

  browserTest("whose first payment has not gone through leads to the open invoice", async ({ page }) => {
    await openWith(page, [subscription({ status: "incomplete" })], { invoices: [invoice(1, { status: "open" })] });
    await plan(page).getByRole("link", { name: "See the invoice" }).click();
    assert.equal(new URL(page.url()).hash, "#invoices");
    await page.getByRole("link", { name: "Pay invoice QUILL-0001" }).waitFor();
  });

  browserTest("whose card is to be changed has one button for it", async ({ page }) => {
    await openWith(page, [subscription({ status: "past_due" })]);
    assert.equal(await page.getByRole("button", { name: "Update card" }).count(), 1);
    await openWith(page, [subscription()]);
    assert.equal(await page.getByRole("button", { name: "Update card" }).count(), 1);
  });

  browserTest("of several is told apart by what it is", async ({ page }) => {
    const team = { id: "sub_Demo2", plan: "team", cancel_at: at(20), items: [item(1), item(2, { quantity: 4 })] };
    const host = await openWith(page, [subscription(), subscription(team)]);
    const [first, second] = ["Pro", "Team"].map((name) => plan(page).getByRole("article", { name, exact: true }));
    assert.match(await first.innerText(), /Renews on/);
    assert.match(await second.innerText(), /Ends on 21 November 2026/);
    await screenshot(page, "plan-two");
    const { flow } = await asked(page, host, PORTAL, first.getByRole("button", { name: "Cancel subscription" }));
    assert.equal(flow.subscription, "sub_Demo1");
  });

  browserTest("is taken for text", async ({ page, errors }) => {
    const text = "<img src=x onerror=alert(1)>";
    await openWith(page, [subscription({ plan: text, status: text })]);
    assert.ok((await plan(page).innerText()).includes(text));
    assert.equal(await page.locator("img").count(), 0);
    assert.deepEqual(errors, []);
  });

  browserTest("that cannot be shown leaves the plan and the way to the portal", async ({ page }) => {
    const answers = [refusal(500, "stripe_unavailable", { "Retry-After": "5" }), { json: { data: [subscription()], has_more: false } }];
    await openWith(page, () => answers.shift());
    const told = await plan(page).innerText();
    assert.match(told, /Pro/);
    assert.match(told, /The details of your subscription cannot be shown now\./);
    assert.ok(await manage(page).isEnabled());
    await screenshot(page, "plan-without-details");
    await plan(page).getByRole("button", { name: "Load the details again" }).click();
    await plan(page).getByText("Renews on 1 December 2026").waitFor();
    assert.equal(await plan(page).getByRole("button", { name: "Load the details again" }).isVisible(), false);
  });
});

suite("A Stripe that is slow to say what a user has", () => {
  browserTest("does not keep the user from the portal, and nothing is for sale meanwhile", async ({ page }) => {
    const host = await sharedHost(STEADY);
    await subscribed(page, host, account({ plan: "free" }), () => new Promise(() => {}));
    await page.goto(`${host.origin}/`);
    await manage(page).waitFor();
    assert.match(await plan(page).innerText(), /Loading your plan…\s+Free/);
    assert.doesNotMatch(await plan(page).innerText(), /no subscription/);
    assert.equal(await page.getByRole("button", { name: "Subscribe" }).isVisible(), false);
    await screenshot(page, "plan-loading");
    await page.getByLabel("Signed in as").selectOption("user_free");
    await plan(page).getByText("Loading your plan…").waitFor();
  });
});

suite("A plan without a subscription", () => {
  browserTest("that was given is shown, and is not for sale", async ({ page }) => {
    await openWith(page, []);
    assert.match(await plan(page).innerText(), /Pro\s+You have this plan without a subscription\./);
    assert.equal(await page.getByRole("button", { name: "Subscribe" }).isVisible(), false);
  });

  browserTest("leaves former customers their invoices, and offers a subscription", async ({ page }) => {
    await openWith(page, [], { known: account({ plan: "free" }) });
    await page.getByRole("link", { name: "View invoice QUILL-0002" }).waitFor();
    assert.ok(await manage(page).isVisible());
    assert.ok(await page.getByRole("button", { name: "Subscribe" }).isVisible());
    await screenshot(page, "plan-lapsed");
  });

  browserTest("has its tokens where there are some", async ({ page }) => {
    await openWith(page, [], { known: account({ current_balance: 1200, next_refill_at: "2030-01-01T00:00:00Z" }) });
    assert.match(await plan(page).innerText(), /Tokens left\s+1,200\s+Next refill\s+1 January 2030/);
    await openWith(page, []);
    assert.doesNotMatch(await plan(page).innerText(), /Tokens/);
  });
});

suite("A subscription for sale", () => {
  browserTest("is bought by the month or by the year", async ({ page }) => {
    const host = await openWith(page, [], { known: FREE });
    const offer = page.getByRole("region", { name: "Upgrade to Pro" });
    const choice = { locale: "en", success_path: "/account?checkout=done", cancel_path: "/account" };
    const subscribe = page.getByRole("button", { name: "Subscribe" });
    assert.match(await offer.innerText(), /US\$10\.00 a month/);
    await screenshot(page, "offer-monthly");
    assert.deepEqual(await asked(page, host, CHECKOUT, subscribe), { price: "pro_monthly", ...choice });
    await offer.getByText("Yearly").click();
    assert.match(await offer.innerText(), /US\$100\.00 a year/);
    await screenshot(page, "offer-yearly");
    assert.deepEqual(await asked(page, host, CHECKOUT, subscribe), { price: "pro_yearly", ...choice });
  });

  browserTest("asks Stripe for nothing that a stranger has", async ({ page }) => {
    const paths = [];
    page.on("request", (request) => paths.push(new URL(request.url()).pathname));
    await openWith(page, [], { known: FREE });
    assert.deepEqual(paths.filter((path) => path.startsWith("/api/")), [BALANCE]);
  });

  browserTest("leads who has one already to it", async ({ page }) => {
    const host = await openWith(page, [], { known: FREE });
    await page.route(host.origin + CHECKOUT, (route) => route.fulfill(refusal(409, "already_subscribed")));
    await page.getByRole("button", { name: "Subscribe" }).click();
    await problemOf(page, "already_subscribed", "You have a subscription already");
    await screenshot(page, "problem-already_subscribed");
    await page.unroute(host.origin + BALANCE);
    await page.unroute(host.origin + SUBSCRIPTIONS);
    await subscribed(page, host, account(), [subscription()]);
    await page.getByRole("button", { name: "Show my plan" }).click();
    await plan(page).getByText("Renews on 1 December 2026").waitFor();
    assert.equal(await problem(page).isVisible(), false);
  });

  browserTest("says that the checkout is on its way, and can be stopped", async ({ page }) => {
    const host = await openWith(page, [], { known: FREE });
    await page.route(host.origin + CHECKOUT, () => {});
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.getByRole("status").filter({ hasText: "Opening the checkout…" }).waitFor();
    assert.ok(await page.getByRole("button", { name: "Subscribe" }).isDisabled());
    await page.getByRole("button", { name: "Stop" }).click();
    assert.ok(await page.getByRole("button", { name: "Subscribe" }).isEnabled());
  });
});

suite("A member of a team who may not manage its billing", () => {
  browserTest("is told whom to ask, and sees no more than the plan", async ({ page }) => {
    await openWith(page, () => refusal(403, "forbidden"));
    await page.getByRole("heading", { name: "Ask an owner of your team" }).waitFor();
    assert.match(await plan(page).innerText(), /Pro\s+Your team has this plan\./);
    assert.equal(await problem(page).isVisible(), false);
    for (const name of ["Payment", "Invoices", "Payments"]) {
      assert.equal(await page.getByRole("region", { name, exact: true }).isVisible(), false, name);
    }
    await screenshot(page, "plan-forbidden");
  });

  browserTest("is told so when buying, too", async ({ page }) => {
    const host = await openWith(page, [], { known: FREE });
    await page.route(host.origin + CHECKOUT, (route) => route.fulfill(refusal(403, "forbidden")));
    await page.getByRole("button", { name: "Subscribe" }).click();
    await problemOf(page, "forbidden", "Ask an owner of your team");
  });
});

suite("A user who comes back from the portal", () => {
  browserTest("sees what has changed there, which Portico looks for once", async ({ page }) => {
    const calls = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if ([SYNC, BALANCE].includes(pathname)) calls.push(`${request.method()} ${pathname}`);
    });
    const host = await openWith(page, [subscription()], { path: "/account?portal=done&tab=1" });
    await plan(page).getByText("Renews on 1 December 2026").waitFor();
    assert.deepEqual(calls, [`POST ${SYNC}`]);
    assert.equal(page.url(), `${host.origin}/account?tab=1`);
  });

  browserTest("sees the page also when Portico cannot look", async ({ page }) => {
    const host = await sharedHost(STEADY);
    await page.route(host.origin + SYNC, (route) => route.fallback());
    const calls = [];
    page.on("request", (request) => calls.push(new URL(request.url()).pathname));
    await page.clock.setFixedTime(at(0) * 1000);
    await subscribed(page, host, account(), [subscription()]);
    await bill(page, host, {});
    await page.unroute(host.origin + SYNC);
    await page.route(host.origin + SYNC, (route) => route.fulfill(refusal(429, "rate_limited", { "Retry-After": "60" })));
    await page.goto(`${host.origin}/account?portal=done`);
    await plan(page).getByText("Renews on 1 December 2026").waitFor();
    assert.equal(await problem(page).isVisible(), false);
    assert.ok(calls.includes(BALANCE));
  });
});

suite("Another language", () => {
  browserTest("is the browser's at first, and that of Stripe's pages", async ({ page }) => {
    const context = await page.context().browser().newContext({ locale: "de-DE", timezoneId: "UTC", viewport: { width: 900, height: 700 } });
    try {
      const german = await context.newPage();
      context.setDefaultTimeout(20_000);
      const host = await openWith(german, [subscription({ cancel_at: at(30) })]);
      assert.match(await german.locator("main").innerText(), /Endet am 1\. Dezember 2026/);
      assert.equal(await german.evaluate(() => document.documentElement.lang), "de");
      assert.equal(await german.title(), "Abrechnung · Quill");
      await screenshot(german, "german");
      const { locale } = await asked(german, host, PORTAL, german.getByRole("button", { name: "Behalten" }));
      assert.equal(locale, "de");
      await screenshot(german, "german-problem");
    } finally {
      await context.close();
    }
  });

  browserTest("can be chosen, is there at once, and is kept", async ({ page }) => {
    const host = await openWith(page, [subscription()], { invoices: [invoice(2), invoice(3)] });
    const requests = [];
    page.on("request", (request) => requests.push(request.url()));
    await page.getByLabel("Language").selectOption("Deutsch");
    const main = page.locator("main");
    for (const text of ["Verlängert sich am 1. Dezember 2026", "pro Monat", "Kündigen", "Rechnungen", "Bezahlt", "Ansehen"]) {
      assert.ok((await main.innerText()).includes(text), text);
    }
    assert.deepEqual(requests, [], "nothing is asked for again");
    assert.equal(await page.getByLabel("Sprache").inputValue(), "de");
    await page.goto(`${host.origin}/account`);
    await settled(page);
    assert.equal(await page.title(), "Abrechnung · Quill");
    await page.getByLabel("Sprache").selectOption("English");
    assert.ok((await main.innerText()).includes("Renews on 1 December 2026"));
  });
});

suite("The billing page on a small screen, in the dark, and without motion", () => {
  for (const [name, language, scheme] of [
    ["in English", "en", "light"],
    ["in German", "de", "dark"],
  ]) {
    browserTest(`fits 320 pixels in each state, ${name}`, async ({ page }) => {
      await page.addInitScript((language) => localStorage.setItem("language", language), language);
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width: 320, height: 640 });
      for (const { name, subscription: changes } of STATES) {
        await page.unrouteAll();
        await openWith(page, [subscription(changes)]);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= 320, `${name} is ${width} wide`);
        if (["payment-failed", "active"].includes(name)) await screenshot(page, `phone-${language}-${name}`, { fullPage: true });
      }
      await page.unrouteAll();
      await openWith(page, [], { known: FREE });
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320, "the offer");
      await screenshot(page, `phone-${language}-offer`, { fullPage: true });
    });
  }

  browserTest("moves nothing for who asks for that", async ({ page }) => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    const host = await openWith(page, [subscription()]);
    await page.route(host.origin + PORTAL, () => {});
    await manage(page).click();
    await page.locator(".spinner").waitFor();
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
    await page.emulateMedia({ reducedMotion: "no-preference" });
    assert.ok((await page.evaluate(() => document.getAnimations().length)) > 0);
  });

  browserTest("is dark where the user wants it dark", async ({ page }) => {
    await page.emulateMedia({ colorScheme: "dark" });
    await openWith(page, [subscription({ status: "past_due" })]);
    await screenshot(page, "dark-payment-failed");
    const [ground, ink] = await page.evaluate(() => {
      const { backgroundColor, color } = getComputedStyle(document.body);
      return [backgroundColor, color];
    });
    assert.deepEqual([ground, ink], ["rgb(16, 20, 23)", "rgb(232, 236, 234)"]);
  });
});
