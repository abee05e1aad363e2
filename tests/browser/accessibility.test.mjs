// The account page without a mouse, and for those who hear it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { manage, openAccount, portal, problem, problemOf, settled, usable } from "./account.mjs";
import { at, bill, invoice, payment, refusal, subscribed } from "./billing.mjs";
import { browserTest, suite } from "./harness.mjs";
import { STEADY, sharedHost } from "./host.mjs";
import { STATES, account, subscription } from "./states.mjs";

suite("The keyboard alone", () => {
  browserTest("reaches what can be done in the order in which it is shown, and opens the portal", async ({ page }) => {
    const host = await sharedHost(STEADY);
    await subscribed(page, host, account(), [subscription()]);
    await openAccount(page, host);
    const names = [];
    for (let step = 0; step < 7; step += 1) {
      await page.keyboard.press("Tab");
      names.push(await focused(page));
    }
    const ways = ["Change plan", "Pause", "Cancel subscription", "Manage billing", "Update card"];
    assert.deepEqual(names, ["user", "language", ...ways]);
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focused(page), "Manage billing");
    const ring = await manage(page).evaluate((button) => getComputedStyle(button).outlineStyle);
    assert.equal(ring, "solid", "it can be seen where the focus is");
    await page.keyboard.press("Enter");
    await portal(page, host);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${host.origin}/account`);
  });

  browserTest("chooses what to buy, and buys it", async ({ page }) => {
    const host = await sharedHost(STEADY);
    await subscribed(page, host, account({ plan: "free", portal_available: false }), []);
    await page.goto(`${host.origin}/`);
    await page.getByRole("heading", { name: "Upgrade to Pro" }).waitFor();
    for (let step = 0; step < 3; step += 1) await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    assert.ok(await page.getByRole("radio", { name: /^Yearly/ }).isChecked());
    await page.getByText("US$100.00").waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "Subscribe");
  });

  browserTest("stops what takes too long", async ({ t, page }) => {
    const host = await sharedHost(STEADY);
    await openAccount(page, host);
    await host.fault(t, "stall-before-headers");
    await manage(page).press("Enter");
    await page.getByRole("button", { name: "Stop" }).waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "Stop");
    await page.keyboard.press("Enter");
    await usable(page, host);
  });

  browserTest("goes on after a problem", async ({ t, page }) => {
    const host = await sharedHost(STEADY);
    await openAccount(page, host);
    await host.fault(t, "unauthorized-key");
    await page.getByRole("button", { name: "Update card" }).press("Enter");
    await problemOf(page, "stripe_rejected", "The billing portal is not available");
    await host.heal();
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "Try again");
    await page.keyboard.press("Space");
    assert.match(await portal(page, host), /payment_method_update/);
  });
});

suite("axe", () => {
  browserTest("finds nothing to complain about in any state", async ({ t, page }) => {
    const host = await sharedHost(STEADY);
    await openAccount(page, host);
    await complainsAboutNothing(page, "the paid user's account");

    await host.fault(t, "flow-refused");
    await page.getByRole("button", { name: "Update card" }).click();
    await problem(page).waitFor();
    await complainsAboutNothing(page, "a problem with a button");

    await host.fault(t, "no-such-customer");
    await manage(page).click();
    await problem(page).getByRole("link", { name: "See the plans" }).waitFor();
    await complainsAboutNothing(page, "a problem with a link");

    await host.fault(t, "stall-before-headers");
    await manage(page).click();
    await page.getByRole("status").getByRole("button", { name: "Stop" }).waitFor();
    await complainsAboutNothing(page, "the progress");
    await page.getByRole("button", { name: "Stop" }).click();

    await page.getByLabel("Signed in as").selectOption("user_free");
    await page.getByRole("heading", { name: "Upgrade to Pro" }).waitFor();
    await complainsAboutNothing(page, "the free user's account");

    await host.heal();
    const answers = [
      { json: { data: [invoice(1), invoice(2, { status: "uncollectible" }), invoice(3, { status: "void" })], has_more: true } },
      refusal(429, "rate_limited", { "Retry-After": "60" }),
    ];
    await bill(page, host, { invoices: () => answers.shift(), payments: [payment(1), payment(2, { amount_refunded: 1 })] });
    await page.getByLabel("Signed in as").selectOption("user_paid");
    await page.getByRole("button", { name: "Show older invoices" }).waitFor();
    await settled(page);
    await complainsAboutNothing(page, "the lists");
    await page.setViewportSize({ width: 360, height: 640 });
    await complainsAboutNothing(page, "the lists on a phone");
    await page.getByRole("button", { name: "Show older invoices" }).click();
    await page.getByRole("button", { name: "Load invoices again" }).waitFor();
    await complainsAboutNothing(page, "a list that has to wait");

    await page.goto(await host.session());
    await complainsAboutNothing(page, "the portal");
  });
});

suite("The billing page to those who hear it", () => {
  for (const colorScheme of ["light", "dark"]) {
    browserTest(`has nothing that axe complains about in any state of a subscription, ${colorScheme}`, async ({ page }) => {
      const host = await sharedHost(STEADY);
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.clock.setFixedTime(at(0) * 1000);
      for (const { name, subscription: changes } of STATES) {
        await page.unrouteAll();
        await subscribed(page, host, account({ current_balance: 1200 }), [subscription(changes)]);
        await bill(page, host, { invoices: [invoice(2), invoice(3, { status: "uncollectible" })], payments: [payment(2)] });
        await openAccount(page, host);
        await complainsAboutNothing(page, name);
      }
      await page.unrouteAll();
      await subscribed(page, host, account({ plan: "free", portal_available: false }), []);
      await page.goto(`${host.origin}/`);
      await page.getByRole("heading", { name: "Upgrade to Pro" }).waitFor();
      await complainsAboutNothing(page, "the offer");
      await page.unrouteAll();
      await subscribed(page, host, account(), () => refusal(403, "forbidden"));
      await page.goto(`${host.origin}/account?checkout=done`);
      await page.getByRole("heading", { name: "Ask an owner of your team" }).waitFor();
      await complainsAboutNothing(page, "who may not manage it");
    });
  }

  browserTest("says to what a button belongs, and how a subscription stands", async ({ page }) => {
    const host = await sharedHost(STEADY);
    await page.clock.setFixedTime(at(0) * 1000);
    await subscribed(page, host, account(), [subscription({ cancel_at: at(30) })]);
    await openAccount(page, host);
    const article = page.getByRole("article", { name: "Pro" });
    assert.match(await article.innerText(), /Ends on 1 December 2026/);
    const keep = article.getByRole("button", { name: "Keep it", exact: true });
    const described = await keep.getAttribute("aria-describedby");
    assert.equal(await page.locator(`#${described}`).innerText(), "Pro");
    const language = await page.getByRole("combobox", { name: "Language" }).evaluate(({ selectedOptions }) => selectedOptions[0].lang);
    assert.equal(language, "en");
  });
});

async function complainsAboutNothing(page, state) {
  const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  await page.evaluate(await readFile(axe, "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run());
  const found = violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
  assert.deepEqual(found, [], state);
}

/** The name of what has the focus, as it is read out, or its identifier. */
function focused(page) {
  return page.evaluate(() => {
    const { tagName, id, textContent } = document.activeElement;
    return tagName === "BUTTON" ? textContent : id;
  });
}
