// Pages in frames: the portal refuses, and the client does not even ask.

import assert from "node:assert/strict";

import { manage, portal, problemOf, usable } from "./account.mjs";
import { browserTest, screenshot, suite } from "./harness.mjs";
import { CUSTOMER, PORTAL, STEADY, sharedHost } from "./host.mjs";
import { html, site } from "./site.mjs";

suite("A frame", () => {
  browserTest("does not show the portal", async ({ t, page, errors }) => {
    const host = await sharedHost(STEADY);
    const product = await site(t, { "/": html(`<iframe src="${await host.session()}"></iframe>`) });
    await showsNothing(page, `${product.origin}/`, errors);
    // The same address is good for a window of its own.
    await page.goto(await host.session());
    assert.match(await portal(page, host), new RegExp(CUSTOMER));
  });

  browserTest("of a stranger does not show the account page", async ({ t, page, errors }) => {
    const host = await sharedHost(STEADY);
    const stranger = await site(t, { "/": html(`<iframe src="${host.origin}/"></iframe>`) });
    await showsNothing(page, `${stranger.origin}/`, errors);
  });

  browserTest("of the product's own leads to a window, and opens no session", async ({ page, context }) => {
    const host = await sharedHost(STEADY);
    const framing = '<iframe src="/account" width="850" height="650"></iframe>';
    await page.route(`${host.origin}/framing`, (route) => {
      return route.fulfill({ contentType: "text/html", body: html(framing).body });
    });
    await page.goto(`${host.origin}/framing`);
    const frame = page.frameLocator("iframe");
    const lines = await host.logged(async () => {
      await manage(frame).click();
      await problemOf(frame, "framed", "Please open this page in a window of its own");
    });
    assert.deepEqual(lines.filter((line) => line.route === PORTAL), []);
    await screenshot(page, "problem-framed");

    const opening = context.waitForEvent("page");
    await frame.getByRole("button", { name: "Open in a new window" }).click();
    const opened = await opening;
    await usable(opened, host);
    assert.equal(await opened.evaluate(() => window.opener), null);
    await manage(opened).click();
    await portal(opened, host);
  });
});

/** Opens a page with a frame, and makes sure that the browser has refused to show what is in it. */
async function showsNothing(page, url, errors) {
  const [refused] = await Promise.all([page.waitForEvent("requestfailed"), page.goto(url)]);
  assert.equal(refused.failure().errorText, "net::ERR_BLOCKED_BY_RESPONSE");
  const [, frame] = page.frames();
  assert.equal(await frame.evaluate(() => location.href), "chrome-error://chromewebdata/");
  assert.doesNotMatch(await frame.locator("body").innerText(), /cus_|billing|account/i);
  assert.match(errors.join("\n"), /frame-ancestors/);
}
