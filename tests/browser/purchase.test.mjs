// A user without a customer buys a plan and ends it, and nobody writes a record: Stripe's events do.

import assert from "node:assert/strict";

import { manage, portal, problem, settled } from "./account.mjs";
import { browserTest, eventually, screenshot, suite } from "./harness.mjs";
import { ownHost } from "./host.mjs";

suite("A user who has never bought", () => {
  browserTest("buys a plan, sees it, and cancels it in the portal", async ({ t, page, errors }) => {
    const host = await ownHost(t, { rate_limits: "off" });
    await openAsFred(page, host);
    await screenshot(page, "purchase-1-free");
    await page.getByRole("button", { name: "Subscribe" }).click();

    await page.getByRole("heading", { name: "Subscribe" }).waitFor();
    await screenshot(page, "purchase-2-checkout");
    await page.getByRole("button", { name: "Pay", exact: true }).click();

    await page.waitForURL((url) => url.pathname === "/account");
    await planIs(page, "paid");
    await manage(page).waitFor();
    assert.equal(await page.getByRole("heading", { name: "Upgrade to Pro" }).isVisible(), false);
    await settled(page);
    await screenshot(page, "purchase-3-paid");

    await manage(page).click();
    assert.match(await portal(page, host), /Pro, 10\.00 USD a month/);
    await page.getByRole("button", { name: "Change plan" }).click();
    await page.getByRole("heading", { name: /^Team, 50\.00 USD a month/ }).waitFor();
    await screenshot(page, "purchase-4-portal");
    await page.getByRole("button", { name: "Cancel now" }).click();
    await page.getByRole("button", { name: "Cancel now" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Return" }).click();
    await planIs(page, "free");
    // Former invoices are still theirs to see.
    await manage(page).waitFor();
    await settled(page);
    assert.deepEqual(errors, []);
  });

  browserTest("stays on the free plan when the card is declined", async ({ t, page }) => {
    const host = await ownHost(t, { rate_limits: "off" });
    await openAsFred(page, host);
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.getByRole("button", { name: "Pay with a card that is declined" }).click();
    await page.getByRole("alert").getByText("Your card was declined.").waitFor();
    await page.getByRole("link", { name: "Return" }).click();
    await page.getByRole("button", { name: "Subscribe" }).waitFor();
    assert.equal(await manage(page).isVisible(), false);
    assert.equal(await problem(page).isVisible(), false);
  });

  browserTest("is a stranger again when the operator deletes the customer", async ({ t, page, context }) => {
    const host = await ownHost(t, { rate_limits: "off" });
    await openAsFred(page, host);
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.getByRole("button", { name: "Pay", exact: true }).click();
    await page.waitForURL((url) => url.pathname === "/account");
    await planIs(page, "paid");

    const dashboard = await context.newPage();
    await dashboard.goto(`${host.stripe}/stand-in/dashboard`);
    await screenshot(dashboard, "stand-in-dashboard");
    // The newest customer is the first one.
    await dashboard.getByRole("button", { name: "Delete the customer" }).first().click();
    await eventually(async () => {
      await page.reload();
      await page.getByRole("button", { name: "Subscribe" }).waitFor({ timeout: 1000 });
    });
    assert.equal(await manage(page).isVisible(), false);
  });
});

/** Opens the account page as the user who has never bought. */
async function openAsFred(page, host) {
  await page.goto(`${host.origin}/`);
  await manage(page).waitFor();
  await page.getByLabel("Signed in as").selectOption("Fred, who does not");
  await page.getByRole("button", { name: "Subscribe" }).waitFor();
}

/** Waits until the plan is there: the page may be quicker than Stripe's event. */
async function planIs(page, plan) {
  const region = page.getByRole("region", { name: "Plan" });
  await eventually(async () => {
    const again = page.getByRole("button", { name: "Look again" });
    if (await again.isVisible()) await again.click();
    else if (!new RegExp(`\\b${plan}\\b`, "i").test(await region.innerText())) await page.reload();
    await page.getByText("Loading your plan…").waitFor({ state: "hidden" });
    assert.match(await region.innerText(), new RegExp(`\\b${plan}\\b`, "i"));
  });
}
