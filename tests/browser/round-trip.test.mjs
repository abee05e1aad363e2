// From the account page to the portal and back.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { manage, openAccount, portal, problem, usable } from "./account.mjs";
import { browserTest, screenshot, suite } from "./harness.mjs";
import { CUSTOMER, PORTAL, SUBSCRIPTION, sharedHost } from "./host.mjs";

const run = promisify(execFile);

/** The two screenshots that the README shows are as high as what is on them. */
const README_SIZE = { clip: { x: 0, y: 0, width: 900, height: 460 } };

suite("The account page", () => {
  browserTest("takes a user who pays to the portal and back, and nothing complains", async ({ page, errors }) => {
    const host = await sharedHost();
    await openAccount(page, host);
    const plan = await page.getByRole("region", { name: "Plan" }).innerText();
    for (const shown of [/\bpaid\b/i, /1,200/, /1 January 2030/]) assert.match(plan, shown);
    assert.equal(await page.getByRole("heading", { name: "Upgrade to Pro" }).isVisible(), false);
    assert.equal(await problem(page).isVisible(), false);
    await screenshot(page, "01-account-paid", README_SIZE);

    await manage(page).click();
    const shown = await portal(page, host);
    assert.match(shown, /Manage your billing/);
    assert.match(shown, new RegExp(CUSTOMER));
    await screenshot(page, "portal-page", README_SIZE);

    await page.getByRole("link", { name: "Return" }).click();
    await page.waitForURL(`${host.origin}/account`);
    await usable(page, host);
    assert.equal(await page.getByLabel("Signed in as").inputValue(), "user_paid");
    await manage(page).click();
    await portal(page, host);
    assert.deepEqual(errors, []);
  });

  browserTest("opens one session for a double click", async ({ page }) => {
    const host = await sharedHost();
    await openAccount(page, host);
    const lines = await host.logged(async () => {
      await manage(page).dblclick();
      await portal(page, host);
    });
    const opened = lines.filter((line) => line.route === PORTAL);
    assert.deepEqual(
      opened.map(({ method, status }) => [method, status]),
      [["POST", 200]],
    );
  });

  browserTest('has a usable button when "Back" shows it as it was left', async ({ page }) => {
    const host = await sharedHost();
    // Browsers may keep a page only if it does not forbid to store it. A product's page seldom does; this one does, so
    // that a changed file is there after a reload.
    await page.route(`${host.origin}/`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), "cache-control": "no-cache" } });
    });
    await backFromPortal(page, host, true);
  });

  browserTest('has a usable button when "Back" loads it anew', async ({ page }) => {
    // With such a listener, a page is not kept as it was left.
    await page.addInitScript(() => addEventListener("unload", () => {}));
    await backFromPortal(page, await sharedHost(), false);
  });

  browserTest("shows the plans, and no billing, to a user who does not pay", async ({ page, errors }) => {
    const host = await sharedHost();
    await openAccount(page, host);
    const user = page.getByLabel("Signed in as");
    for (const act of [() => user.selectOption("Fred, who does not"), () => page.reload()]) {
      await act();
      await page.getByRole("heading", { name: "Upgrade to Pro" }).waitFor();
      assert.match(await page.getByRole("region", { name: "Plan" }).innerText(), /\bfree\b/i);
      assert.equal(await user.inputValue(), "user_free");
      assert.equal(await page.getByRole("region", { name: "Billing" }).isVisible(), false);
    }
    await screenshot(page, "02-account-free");

    await user.selectOption("Ada, who pays");
    await usable(page, host);
    assert.equal(await page.getByRole("heading", { name: "Upgrade to Pro" }).isVisible(), false);
    assert.deepEqual(errors, []);
  });

  browserTest("leads to the form for a new card, whose end leads back", async ({ page, errors }) => {
    const host = await sharedHost();
    await openAccount(page, host);
    await page.getByRole("button", { name: "Update card" }).click();
    const shown = await portal(page, host);
    assert.match(shown, /Add a payment method/);
    assert.match(shown, /payment_method_update/);
    await screenshot(page, "portal-payment-method-update");
    await page.getByRole("link", { name: "Finish" }).click();
    await page.waitForURL(`${host.origin}/account`);
    await usable(page, host);
    assert.deepEqual(errors, []);
  });

  browserTest("leads to the cancelling of the user's own subscription", async ({ page, errors }) => {
    const host = await sharedHost();
    await openAccount(page, host);
    await page.getByRole("button", { name: "Cancel subscription" }).click();
    const shown = await portal(page, host);
    assert.match(shown, /Cancel your plan/);
    assert.match(shown, /subscription_cancel/);
    assert.match(shown, new RegExp(SUBSCRIPTION));
    await screenshot(page, "portal-subscription-cancel");
    await page.getByRole("link", { name: "Return" }).click();
    await page.waitForURL(`${host.origin}/account`);
    await usable(page, host);
    assert.deepEqual(errors, []);
  });
});

suite("The curl lines that are printed", () => {
  browserTest("work as pasted", async ({ t, page }) => {
    const host = await sharedHost();
    t.after(() => host.heal());
    const answers = [];
    for (const line of host.curls) answers.push((await run("sh", ["-c", line])).stdout);
    const [opened, without, foreign, balance, health, fault, ...more] = answers;
    assert.deepEqual(more, []);
    assert.equal(JSON.parse(without).error, "no_stripe_customer");
    assert.equal(JSON.parse(foreign).error, "unauthorized");
    assert.equal(JSON.parse(balance).portal_available, true);
    assert.deepEqual(JSON.parse(health), { status: "ok" });
    assert.match(fault, /In force: server-error for every customer/);
    await page.goto(JSON.parse(opened).url);
    assert.match(await portal(page, host), /Manage your billing/);
  });
});

/** Goes to the portal, then back by the browser's own button, and to the portal again. */
async function backFromPortal(page, host, keptAsItWas) {
  await page.addInitScript(() => addEventListener("pageshow", (event) => (window.kept = event.persisted)));
  await openAccount(page, host);
  await manage(page).click();
  await portal(page, host);
  // A page that was kept is not loaded, so its loading is not waited for.
  await page.goBack({ waitUntil: "commit" });
  await usable(page, host);
  assert.equal(await page.evaluate(() => window.kept), keptAsItWas, "whether the browser has kept the page");
  await manage(page).click();
  await portal(page, host);
}
