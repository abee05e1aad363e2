// The examples of the documentation, run as a reader would run them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { manage, portal, problem } from "./account.mjs";
import { bundled } from "./bundle.mjs";
import { ROOT, browserTest, eventually, screenshot, suite } from "./harness.mjs";
import { BALANCE, STEADY, ownHost } from "./host.mjs";
import { example, fill } from "./readme.mjs";
import { html, script, site } from "./site.mjs";

const FIVE_MINUTES = "## Add it to your product in five minutes";
/** Where the examples have Portico. */
const ENDPOINT = "https://billing.example.com";

// What a reader is promised of both holds for both.
for (const [name, build] of [
  ["without a framework", plainPage],
  ["with React", reactPage],
]) {
  suite(`The README's page ${name}`, () => {
    browserTest("opens the portal, and has a usable button afterwards", async ({ t, page, errors }) => {
      const { host, product } = await productWith(t, build);
      await page.addInitScript(() => addEventListener("pageshow", (event) => (window.kept = event.persisted)));
      await page.goto(`${product.origin}/account`);
      await manage(page).click();
      assert.match(await portal(page, host), /Manage your billing/);
      await page.getByRole("link", { name: "Return" }).click();
      await page.waitForURL(`${product.origin}/account`);
      await manage(page).click();
      await portal(page, host);

      await page.goBack({ waitUntil: "commit" });
      await manage(page).waitFor();
      assert.equal(await page.evaluate(() => window.kept), true, "the browser has kept the page as it was left");
      await manage(page).click();
      await portal(page, host);
      assert.deepEqual(errors, []);
    });

    browserTest("shows no button to a user who has bought nothing", async ({ t, page, errors }) => {
      const { host, product } = await productWith(t, build, "user_free");
      const [answer] = await Promise.all([
        page.waitForResponse(host.origin + BALANCE),
        page.goto(`${product.origin}/account`, { waitUntil: "networkidle" }),
      ]);
      assert.equal(answer.status(), 200);
      assert.equal(await manage(page).isVisible(), false);
      assert.equal((await problem(page).allInnerTexts()).join(), "", "nothing is told of a problem");
      assert.deepEqual(errors, []);
    });

    browserTest("says what is wrong, and can be tried again", async ({ t, page }) => {
      const { host, product } = await productWith(t, build);
      await page.goto(`${product.origin}/account`);
      for (const [fault, told] of [
        ["no-such-customer", "You have no subscription yet."],
        ["server-error", "Billing is out of reach. Please try again in a minute."],
      ]) {
        await host.fault(t, fault);
        await manage(page).click();
        await eventually(async () => assert.equal(await problem(page).innerText({ timeout: 1000 }), told));
        await screenshot(page, `readme-${name}-${fault}`);
      }
      await host.heal();
      await manage(page).click();
      await portal(page, host);
    });
  });
}

suite("The client's README", () => {
  browserTest("imports the client by its name, with its import map", async ({ t, page, errors }) => {
    const product = await site(t);
    const host = await ownHost(t, { frontend_url: product.origin });
    const snippet = await example("sdk/js/README.md", "## Install", "html");
    product.files["/assets/portico.js"] = script(await readFile(join(ROOT, "sdk/js/portico.js")));
    product.files["/"] = html(`
      ${snippet}
      <button>Manage billing</button>
      <script type="module">
        import { openBillingPortal } from "portico-billing";
        const portico = { endpoint: "${host.origin}/", getToken: () => "${await host.token()}" };
        document.querySelector("button").onclick = () => openBillingPortal(portico);
      </script>`);
    await page.goto(`${product.origin}/`);
    await manage(page).click();
    await portal(page, host);
    assert.deepEqual(errors, []);
  });
});

/** A product with the page that `build` makes, where one user is signed in, and a Portico for it. */
async function productWith(t, build, user = "user_paid") {
  const product = await site(t);
  const host = await ownHost(t, { frontend_url: product.origin, ...STEADY });
  Object.assign(product.files, await build(t, host.origin, await host.token(user)));
  return { host, product };
}

/** The example in HTML, as it is but for the endpoint. */
async function plainPage(_t, endpoint, token) {
  const page = fill(await example("README.md", FIVE_MINUTES, "html"), ENDPOINT, endpoint);
  const signIn = `<script>const auth = { getAccessToken: async () => ${JSON.stringify(token)} };</script>`;
  return {
    "/account": html(signIn + page),
    "/portico.js": script(await readFile(join(ROOT, "sdk/js/portico.js"))),
    "/explain.js": script(await example("README.md", FIVE_MINUTES, "js")),
  };
}

/** The example for React, bundled with the installed package, in React's strict mode. */
async function reactPage(t, endpoint, token) {
  return bundled(t, {
    "ManageBilling.jsx": await example("README.md", FIVE_MINUTES, "jsx"),
    "explain.js": await example("README.md", FIVE_MINUTES, "js"),
    "main.jsx": `
      import { StrictMode } from "react";
      import { createRoot } from "react-dom/client";
      import { ManageBilling } from "./ManageBilling.jsx";

      // Like that of an identity provider's hook, this function is a new one on every rendering.
      const Account = () => <ManageBilling endpoint="${endpoint}" getToken={async () => "${token}"} />;
      createRoot(document.getElementById("root")).render(<StrictMode><Account /></StrictMode>);`,
  });
}
