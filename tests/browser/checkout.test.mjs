// The way back from a checkout, of which Portico may not have heard yet.

import assert from "node:assert/strict";

import { manage, problem, problemOf, settled } from "./account.mjs";
import { SYNC, refusal } from "./billing.mjs";
import { browserTest, screenshot, suite } from "./harness.mjs";
import { BALANCE, STEADY, sharedHost } from "./host.mjs";

const FREE = { plan: "free", portal_available: false, current_balance: 0, next_refill_at: null };
const PAID = { plan: "paid", portal_available: true, current_balance: 1200, next_refill_at: null };

suite("A user who comes back from a checkout", () => {
  browserTest("sees the new plan, which is looked for once", async ({ page, errors }) => {
    const { host, calls } = await backFrom(page, [{ json: PAID }]);
    await manage(page).waitFor();
    assert.deepEqual(calls, [`POST ${SYNC}`]);
    assert.equal(page.url(), `${host.origin}/account?tab=billing#top`);
    assert.equal(await page.getByText("Your purchase is on its way to us.").isVisible(), false);

    await settled(page);
    await page.reload();
    await manage(page).waitFor();
    assert.deepEqual(calls, [`POST ${SYNC}`, `GET ${BALANCE}`]);
    assert.deepEqual(errors, []);
  });

  browserTest("is told that the purchase is on its way, and can look again", async ({ page, errors }) => {
    const { calls } = await backFrom(page, [{ json: FREE }, { json: FREE }, { json: PAID }]);
    const told = page.getByRole("status").filter({ hasText: "Your purchase is on its way to us." });
    await told.waitFor();
    assert.equal(await manage(page).isVisible(), false);
    assert.equal(await page.getByRole("heading", { name: "Upgrade to Pro" }).isVisible(), false, "nobody buys twice");
    await settled(page);
    await screenshot(page, "checkout-on-its-way");

    // A page that is loaded again still looks for it.
    await page.reload();
    await told.waitFor();
    await settled(page);
    await page.getByRole("button", { name: "Look again" }).click();
    await manage(page).waitFor();
    assert.equal(await told.isVisible(), false);
    assert.deepEqual(calls, Array(3).fill(`POST ${SYNC}`));
    assert.equal(new URL(page.url()).searchParams.get("checkout"), null);
    assert.deepEqual(errors, []);
  });

  browserTest("can try again when it cannot be looked for", async ({ page }) => {
    const { calls } = await backFrom(page, [refusal(500, "stripe_unavailable", { "Retry-After": "0" }), { json: PAID }]);
    await problemOf(page, "stripe_unavailable", "The billing portal is out of reach");
    await page.getByRole("button", { name: "Try again" }).click();
    await manage(page).waitFor();
    assert.equal(await problem(page).isVisible(), false);
    assert.deepEqual(calls, Array(2).fill(`POST ${SYNC}`));
  });

  browserTest("who has turned back there is not looked for", async ({ page }) => {
    const { calls } = await backFrom(page, [], "cancelled");
    await manage(page).waitFor();
    assert.deepEqual(calls, [`GET ${BALANCE}`]);
  });
});

/** Opens the account page as a checkout's return address has it, and answers its calls for a synchronisation. */
async function backFrom(page, answers, outcome = "done") {
  const host = await sharedHost(STEADY);
  const calls = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if ([SYNC, BALANCE].includes(pathname)) calls.push(`${request.method()} ${pathname}`);
  });
  await page.route(host.origin + SYNC, (route) => route.fulfill(answers.shift()));
  await page.goto(`${host.origin}/account?tab=billing&checkout=${outcome}#top`);
  return { host, calls };
}
