// The account page without a mouse, and for those who hear it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { manage, openAccount, portal, problem, problemOf, settled, usable } from "./account.mjs";
import { bill, invoice, payment, refusal } from "./billing.mjs";
import { browserTest, suite } from "./harness.mjs";
import { STEADY, sharedHost } from "./host.mjs";

suite("The keyboard alone", () => {
  browserTest("reaches what can be done in the order in which it is shown, and opens the portal", async ({ page }) => {
    const host = await sharedHost(STEADY);
    await openAccount(page, host);
    const names = [];
    for (let step = 0; step < 4; step += 1) {
      await page.keyboard.press("Tab");
      names.push(await focused(page));
    }
    assert.deepEqual(names, ["user", "Manage billing", "Update card", "Cancel subscription"]);
    await page.keyboard.press("Shift+Tab");
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
    await page.getByRole("button", { name: "Cancel subscription" }).press("Enter");
    await problemOf(page, "stripe_rejected", "The billing portal is not available");
    await host.heal();
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "Try again");
    await page.keyboard.press("Space");
    assert.match(await portal(page, host), /subscription_cancel/);
  });
});

suite("axe", () => {
  browserTest("finds nothing to complain about in any state", async ({ t, page }) => {
    const host = await sharedHost(STEADY);
    await openAccount(page, host);
    await complainsAboutNothing(page, "the paid user's account");

    await host.fault(t, "flow-refused");
    await page.getByRole("button", { name: "Cancel subscription" }).click();
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
