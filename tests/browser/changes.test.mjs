// The billing page beside a Stripe in which subscriptions change: what the stand-in does is what the page then says.

import assert from "node:assert/strict";

import { manage, portal, problem, settled } from "./account.mjs";
import { browserTest, eventually, screenshot, suite } from "./harness.mjs";
import { SUBSCRIPTION, ownHost } from "./host.mjs";

/** The section that says what the user has. */
const plan = (page) => page.getByRole("region", { name: "Plan", exact: true });
const button = (page, name) => page.getByRole("button", { name, exact: true });

/** A host of the test's own, with the page of the user who pays. */
async function open(t, page, variables = {}) {
  const host = await ownHost(t, { rate_limits: "off", plans: "pro=prod_DemoPro,team=prod_DemoTeam", ...variables });
  await page.goto(`${host.origin}/account`);
  await manage(page).waitFor();
  await settled(page);
  return host;
}

/** Lets the operator, or time, do something to the subscription: a button of the stand-in's dashboard. */
async function change(host, action, values = {}) {
  const body = new URLSearchParams({ subscription: SUBSCRIPTION, action, ...values });
  const response = await fetch(`${host.stripe}/stand-in/dashboard`, { method: "POST", body, redirect: "manual" });
  assert.equal(response.status, 303);
}

/** Waits until the plan says all of these, and the browser is on the page, whose address says nothing of the way. */
async function says(page, ...patterns) {
  await eventually(async () => {
    assert.match(page.url(), /\/account$/);
    const told = await plan(page).innerText({ timeout: 1000 });
    for (const pattern of patterns) assert.match(told, pattern);
  });
  await settled(page);
  assert.equal(await problem(page).isVisible(), false);
}

suite("A subscription that changes at Stripe", () => {
  browserTest("is shown as it then is", async ({ t, page, errors }) => {
    const host = await open(t, page);
    await says(page, /Pro\s+Active/, /US\$10\.00 a month/, /Renews on/);
    const date = /\d{1,2} \w+ 20\d\d/.source;
    for (const [action, ...patterns] of [
      ["trialing", /Trial/, new RegExp(`Trial until ${date}, then US\\$10\\.00 a month`)],
      ["cancel-later", new RegExp(`Trial until ${date}, then it ends`), /Keep it/],
      ["active", /Active/, /Renews on/],
      ["cancel-later", /Ends soon/, new RegExp(`Ends on ${date}`), /Keep it/],
      ["keep", /Active/, /Renews on/],
      ["cancel-on-date", /Ends soon/, new RegExp(`Ends on ${date}`)],
      ["keep", /Active/],
      ["past_due", /Payment failed/, /Update card/],
      ["unpaid", /Not paid/, /Update card/],
      ["active", /Active/],
      ["pause", /Paused/, new RegExp(`Paused until ${date}`), /Resume/],
      ["resume", /Active/, /Renews on/],
      ["paused", /Your trial has ended/, /Add a card/],
      ["incomplete", /Your first payment has not gone through/, /See the invoice/],
    ]) {
      await change(host, action);
      await page.reload();
      await says(page, ...patterns);
      await screenshot(page, `stripe-${action}`);
    }
    await change(host, "canceled");
    await page.reload();
    await says(page, /no subscription|without a subscription/);
    assert.deepEqual(errors, []);
  });

  browserTest("is cancelled, and kept after all, by its user", async ({ t, page, errors }) => {
    const host = await open(t, page);
    await button(page, "Cancel subscription").click();
    await portal(page, host);
    await button(page, "Cancel at the end of the period").click();
    await says(page, /Ends soon/, /Ends on/);

    await button(page, "Keep it").click();
    await portal(page, host);
    await button(page, "Do not cancel").click();
    await page.getByRole("link", { name: "Return" }).click();
    await says(page, /Active/, /Renews on/);
    assert.deepEqual(errors, []);
  });

  browserTest("is changed by its user, and the plan is the new one at once", async ({ t, page, errors }) => {
    const host = await open(t, page);
    await button(page, "Change plan").click();
    await portal(page, host);
    await page.getByRole("radio", { name: /^Team/ }).check();
    await button(page, "Change plan").click();
    await says(page, /Team\s+Active/, /US\$50\.00 a month/);
    assert.deepEqual(errors, []);
  });

  browserTest("whose payment has failed is paid by a new card", async ({ t, page, errors }) => {
    const host = await open(t, page);
    await change(host, "past_due");
    await page.reload();
    await says(page, /Payment failed/);
    await button(page, "Update card").click();
    assert.match(await portal(page, host), /payment_method_update/);
    await button(page, "Add a card that works").click();
    await says(page, /Active/, /Renews on/);
    assert.deepEqual(errors, []);
  });

  browserTest("is shown in the language of the portal that it is managed in", async ({ t, page }) => {
    const host = await open(t, page);
    await page.getByLabel("Language").selectOption("Deutsch");
    await button(page, "Kündigen").click();
    assert.match(await portal(page, host), /Locale\s+de/);
    await button(page, "Cancel at the end of the period").click();
    const region = page.getByRole("region", { name: "Tarif", exact: true });
    await eventually(async () => assert.match(await region.innerText({ timeout: 1000 }), /Endet bald/));
  });
});
