// What a person is told when Stripe or Portico refuses, and what they can do. Each refusal is Portico's own.

import assert from "node:assert/strict";

import { leadsToTheLog, manage, openAccount, portal, problem, problemOf, usable } from "./account.mjs";
import { browserTest, eventually, screenshot, suite } from "./harness.mjs";
import { PORTAL, STEADY, sharedHost } from "./host.mjs";

suite("A problem with Stripe", () => {
  browserTest("that passes can be waited for, and the wait is counted", async ({ t, page }) => {
    const host = await sharedHost(STEADY);
    await page.clock.install();
    await openAccount(page, host);
    await host.fault(t, "server-error");
    // The page's clock stands still, so that the test and not the machine's speed says how long it has waited.
    await page.clock.pauseAt(Date.now() + 60_000);
    await manage(page).click();
    const told = await problemOf(page, "stripe_unavailable", "The billing portal is out of reach");
    await leadsToTheLog(host, told, "stripe_unavailable");
    const waiting = page.getByRole("button", { name: "Try again in 5 s" });
    assert.ok(await waiting.isDisabled());
    assert.ok(await manage(page).isDisabled());
    await screenshot(page, "problem-stripe-unavailable");

    await page.clock.runFor(3000);
    await page.getByRole("button", { name: "Try again in 2 s" }).waitFor();
    await page.clock.runFor(2000);
    await host.heal();
    await page.getByRole("button", { name: "Try again", exact: true }).click();
    await portal(page, host);
  });

  const lasting = "The billing portal is not available";
  const refusals = [
    ["no-portal-configuration", "portal_not_configured"],
    ["unauthorized-key", "stripe_rejected"],
  ];
  for (const [fault, code] of refusals) {
    browserTest(`that support must hear of has a reference: ${code}`, async ({ t, page }) => {
      const host = await sharedHost(STEADY);
      await openAccount(page, host);
      await host.fault(t, fault);
      await manage(page).click();
      const told = await problemOf(page, code, lasting);
      assert.match(told, /tell support the reference/);
      await leadsToTheLog(host, told, code);
      await screenshot(page, `problem-${code}`);

      await host.heal();
      await page.getByRole("button", { name: "Try again" }).click();
      await portal(page, host);
    });
  }

  browserTest("that knows no such customer leads to the plans", async ({ t, page }) => {
    const host = await sharedHost(STEADY);
    await openAccount(page, host);
    await host.fault(t, "no-such-customer");
    await manage(page).click();
    const told = await problemOf(page, "no_stripe_customer", "There is nothing to manage yet");
    assert.doesNotMatch(told, /Reference/);
    assert.equal(await page.getByRole("button", { name: "Try again" }).isVisible(), false);
    await page.getByRole("link", { name: "See the plans" }).click();
    await page.getByRole("heading", { name: "Upgrade to Pro" }).waitFor();
    assert.equal(new URL(page.url()).hash, "#plans");
    await screenshot(page, "problem-no_stripe_customer");
  });

  browserTest("with a shortcut offers the portal without it", async ({ t, page }) => {
    const host = await sharedHost(STEADY);
    await openAccount(page, host);
    await host.fault(t, "flow-refused");
    await page.getByRole("button", { name: "Update card" }).click();
    const told = await problemOf(page, "invalid_request", "This shortcut is not available");
    await leadsToTheLog(host, told, "invalid_request");
    await screenshot(page, "problem-invalid_request");
    await host.heal();
    await page.getByRole("button", { name: "Open the billing portal" }).click();
    assert.match(await portal(page, host), /portal_homepage/);
  });

  browserTest("is seen at once on a phone, where the page is longer than the screen", async ({ t, page }) => {
    const host = await sharedHost(STEADY);
    await page.setViewportSize({ width: 360, height: 640 });
    await openAccount(page, host);
    await host.fault(t, "unauthorized-key");
    await manage(page).click();
    await problemOf(page, "stripe_rejected", lasting);
    await eventually(async () => {
      const { y, height } = await problem(page).boundingBox();
      assert.ok(y >= 0 && y + height <= 640, `the problem is at ${y} to ${y + height}, and the screen ends at 640`);
    });
    await screenshot(page, "problem-on-a-phone");
  });

  browserTest("of another user is not shown to the next one", async ({ t, page }) => {
    const host = await sharedHost(STEADY);
    await openAccount(page, host);
    await host.fault(t, "unauthorized-key");
    await manage(page).click();
    await problemOf(page, "stripe_rejected", lasting);
    await page.getByLabel("Signed in as").selectOption("user_free");
    await page.getByRole("heading", { name: "Upgrade to Pro" }).waitFor();
    assert.equal(await problem(page).isVisible(), false);
  });
});

suite("A Stripe that takes its time", () => {
  browserTest("is shown, and can be stopped before it answers", async ({ t, page }) => {
    const host = await sharedHost(STEADY);
    await openAccount(page, host);
    await host.fault(t, "stall-before-headers");
    await manage(page).click();
    const progress = page.getByRole("status").filter({ hasText: "Opening the billing portal…" });
    await progress.waitFor();
    for (const name of ["Manage billing", "Update card", "Change plan", "Cancel subscription"]) {
      assert.ok(await page.getByRole("button", { name }).isDisabled(), name);
    }
    await screenshot(page, "progress");

    const isOurs = (request) => request.url() === host.origin + PORTAL;
    await abandons(page, isOurs, () => page.getByRole("button", { name: "Stop" }).click());
    await usable(page, host);
    assert.equal(await problem(page).isVisible(), false);
    assert.equal(page.url(), `${host.origin}/`);

    await host.heal();
    await manage(page).click();
    await portal(page, host);
  });

  browserTest("can be stopped while its page loads", async ({ page }) => {
    const host = await sharedHost(STEADY);
    await openAccount(page, host);
    // Portico's answer waits until "Stop" has been found, and the portal's page does not come at all.
    const found = held();
    const loading = held();
    await page.route(host.origin + PORTAL, (route) => found.then(() => route.continue()));
    await page.route(`${host.stripe}/p/session/**`, loading.resolve);
    await manage(page).click();
    const { x, y } = await page.getByRole("button", { name: "Stop" }).boundingBox();
    found.resolve();
    const route = await loading;
    // Playwright's own click would wait for the page that does not come.
    await abandons(page, (request) => request === route.request(), () => page.mouse.click(x + 5, y + 5));
    await usable(page, host);
  });

  browserTest("is not waited for by the next user, nor shown to the one who comes back", async ({ t, page }) => {
    const host = await sharedHost(STEADY);
    await openAccount(page, host);
    await host.fault(t, "stall-before-headers");
    await manage(page).click();
    await page.getByText("Opening the billing portal…").waitFor();
    const user = page.getByLabel("Signed in as");
    await user.selectOption("user_free");
    await page.getByRole("heading", { name: "Upgrade to Pro" }).waitFor();
    await user.selectOption("user_paid");
    await usable(page, host);
  });

  browserTest("is told about when Portico waits no longer", async ({ t, page }) => {
    const host = await sharedHost({ ...STEADY, stripe_timeout_ms: "1000" });
    await openAccount(page, host);
    await host.fault(t, "stall-before-headers");
    await manage(page).click();
    const told = await problemOf(page, "stripe_unavailable", "The billing portal is out of reach");
    const line = await leadsToTheLog(host, told, "stripe_unavailable");
    assert.match(line.reason, /timed out/);
    assert.equal(await page.getByText("Opening the billing portal…").isVisible(), false);
  });
});

suite("A limit", () => {
  browserTest("that is reached is counted down, and then it works", async ({ page }) => {
    const host = await sharedHost({ rate_limits: "free=1/6,paid=1/6" });
    await page.clock.install();
    await openAccount(page, host);
    // The countdown begins when it has been looked at.
    await page.clock.pauseAt(Date.now() + 60_000);
    // Somebody uses the window up. If another one begins before the click, the click opens the portal: then, once more.
    for (let tries = 0; ; tries += 1) {
      await host.session();
      await manage(page).click();
      await Promise.race([problem(page).waitFor(), page.waitForURL(`${host.stripe}/**`)]);
      if (page.url().startsWith(host.origin)) break;
      assert.ok(tries < 10, "a limit of 1 is never reached");
      await openAccount(page, host);
    }
    const told = await problemOf(page, "rate_limited", "That was a little too often");
    assert.match(told, /Try again in [1-6] s/);
    assert.ok(await page.getByRole("button", { name: /^Try again/ }).isDisabled());
    assert.ok(await manage(page).isDisabled());
    await screenshot(page, "problem-rate_limited");

    await page.clock.resume();
    const again = page.getByRole("button", { name: "Try again", exact: true });
    await eventually(async () => assert.ok(await again.isEnabled({ timeout: 100 })));
    assert.ok(await manage(page).isEnabled());
    await again.click();
    await portal(page, host);
  });

  browserTest("on tokens says what it costs, and where there are more", async ({ page }) => {
    const upgrade = "https://quill.example/upgrade?from=billing";
    const host = await sharedHost({ request_cost: "5000", upgrade_url: upgrade });
    await openAccount(page, host);
    await manage(page).click();
    const told = await problemOf(page, "insufficient_balance", "You have too few tokens");
    assert.match(told, /costs 5,?000 tokens, and you have 1,?200 tokens\. New tokens come on 1 January 2030\./);
    assert.equal(await page.getByRole("link", { name: "Upgrade" }).getAttribute("href"), upgrade);
    await usable(page, host);
    await screenshot(page, "problem-insufficient_balance");
  });
});

/** A promise that is kept from outside. */
function held() {
  let resolve;
  return Object.assign(new Promise((fulfil) => (resolve = fulfil)), { resolve });
}

/** Makes sure that the browser itself gives up a request on `action`, so that no answer can lead away later. */
async function abandons(page, isIt, action) {
  const [request] = await Promise.all([page.waitForEvent("requestfailed", isIt), action()]);
  assert.equal(request.failure().errorText, "net::ERR_ABORTED");
}
