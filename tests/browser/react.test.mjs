// What a component in React gets of `useBilling`. Each answer is given in Portico's place.

import assert from "node:assert/strict";

import { CHECKOUT, SYNC, refusal } from "./billing.mjs";
import { bundled } from "./bundle.mjs";
import { browserTest, eventually, suite } from "./harness.mjs";
import { BALANCE, PORTAL } from "./host.mjs";
import { site } from "./site.mjs";
import { account } from "./states.mjs";

/** A component that shows all that the hook gives, and has a button for each of its functions. */
const MAIN = `
  import { StrictMode, useState } from "react";
  import { createRoot } from "react-dom/client";
  import { useBilling } from "portico-billing/react";

  const functions = new Set();
  function Billing() {
    const [endpoint, setEndpoint] = useState("");
    const query = new URLSearchParams(location.search);
    const getToken = async () => {
      if (query.has("signed-out")) throw "login_required";
      return "a.b.c";
    };
    const billing = useBilling({ endpoint, getToken, sync: query.has("sync") });
    const { account, loading, leaving, problem, openPortal, startCheckout, refresh } = billing;
    for (const one of [openPortal, startCheckout, refresh]) functions.add(one);
    return (
      <>
        <output>{JSON.stringify({ plan: account?.plan ?? null, loading, leaving, problem: problem && (problem.code ?? problem.message) })}</output>
        <button onClick={openPortal}>Portal</button>
        <button onClick={() => openPortal({ flow: { type: "customer_update" }, returnPath: "/here" })}>Flow</button>
        <button onClick={() => startCheckout({ price: "pro_monthly", quantity: 2 })}>Checkout</button>
        <button onClick={() => refresh({ sync: true })}>Sync</button>
        <button onClick={() => setEndpoint("/elsewhere")}>Elsewhere</button>
        <button onClick={() => (document.title = String(functions.size))}>Count</button>
      </>
    );
  }
  const page = new URLSearchParams(location.search).has("strict") ? <StrictMode><Billing /></StrictMode> : <Billing />;
  createRoot(document.getElementById("root")).render(page);`;

/** Opens the component. `answer(method, path, body)` answers for Portico, perhaps later; gives what was asked. */
async function open(t, page, query, answer) {
  const product = await site(t, await bundled(t, { "main.jsx": MAIN }));
  const asked = [];
  await page.route(`${product.origin}/**/api/**`, (route) => respond(route));
  await page.route(`${product.origin}/api/**`, (route) => respond(route));
  async function respond(route) {
    const path = new URL(route.request().url()).pathname;
    asked.push([route.request().method(), path, route.request().postDataJSON()]);
    await route.fulfill(await answer(route.request().method(), path)).catch(() => {});
  }
  await page.goto(`${product.origin}/account?${query}`);
  return { product, asked };
}

/** Waits until the component has these values. */
async function shows(page, values) {
  await eventually(async () => {
    const told = JSON.parse(await page.locator("output").innerText({ timeout: 1000 }));
    assert.deepEqual(Object.fromEntries(Object.keys(values).map((name) => [name, told[name]])), values);
  });
}

const fine = (_method, path) => ({ json: [BALANCE, SYNC].some((end) => path.endsWith(end)) ? account() : { url: "about:blank" } });
const click = (page, name) => page.getByRole("button", { name, exact: true }).click();

suite("useBilling", () => {
  browserTest("asks for the account once, or lets Portico look at Stripe first", async ({ t, page, errors }) => {
    const { asked, product } = await open(t, page, "", fine);
    await shows(page, { plan: "pro", loading: false, leaving: false, problem: null });
    assert.deepEqual(asked, [["GET", BALANCE, null]]);
    await page.goto(`${product.origin}/account?sync`);
    await shows(page, { plan: "pro" });
    assert.deepEqual(asked.slice(1), [["POST", SYNC, null]]);
    await click(page, "Sync");
    await eventually(() => assert.deepEqual(asked.slice(2), [["POST", SYNC, null]]));
    await click(page, "Count");
    assert.equal(await page.title(), "3", "its functions are the same ones on every rendering");
    assert.deepEqual(errors, []);
  });

  browserTest("opens the portal by a click, and one for a double click", async ({ t, page }) => {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    const { asked } = await open(t, page, "", async (method, path) => {
      if (path === PORTAL) await released;
      return path === PORTAL ? refusal(500, "stripe_rejected") : fine(method, path);
    });
    await shows(page, { plan: "pro" });
    await page.getByRole("button", { name: "Portal" }).dblclick();
    await shows(page, { leaving: true, problem: null });
    release();
    await shows(page, { leaving: false, problem: "stripe_rejected", plan: "pro" });
    assert.deepEqual(asked.slice(1), [["POST", PORTAL, null]], "a click's event is no choice");
    await click(page, "Flow");
    await shows(page, { leaving: false });
    const choice = { flow: { type: "customer_update" }, return_path: "/here" };
    await eventually(() => assert.deepEqual(asked.slice(2), [["POST", PORTAL, choice]]));
  });

  browserTest("starts a checkout", async ({ t, page }) => {
    const { asked } = await open(t, page, "strict", (method, path) =>
      path === CHECKOUT ? refusal(409, "already_subscribed") : fine(method, path),
    );
    await shows(page, { plan: "pro" });
    await click(page, "Checkout");
    await shows(page, { problem: "already_subscribed", leaving: false });
    assert.deepEqual(asked.at(-1), ["POST", CHECKOUT, { price: "pro_monthly", quantity: 2 }]);
  });

  browserTest("tells what getToken throws", async ({ t, page }) => {
    const { asked } = await open(t, page, "signed-out", fine);
    await shows(page, { plan: null, loading: false, problem: "login_required" });
    assert.deepEqual(asked, []);
  });

  browserTest("asks anew at another endpoint, and does not show what the former one says later", async ({ t, page }) => {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    const { asked } = await open(t, page, "", async (_method, path) => {
      if (path.startsWith("/elsewhere")) return { json: account({ plan: "elsewhere" }) };
      await released;
      return { json: account({ plan: "late" }) };
    });
    await eventually(() => assert.equal(asked.length, 1));
    await click(page, "Elsewhere");
    await shows(page, { plan: "elsewhere", loading: false });
    release();
    await page.waitForTimeout(200);
    await shows(page, { plan: "elsewhere" });
  });

  browserTest('synchronises when "Back" shows the page as it was left for the portal', async ({ t, page }) => {
    const portal = await site(t, { "/": { type: "text/html", body: "<!doctype html><title>Portal</title>" } });
    const { asked, product } = await open(t, page, "", (method, path) =>
      path === PORTAL ? { json: { url: `${portal.origin}/` } } : fine(method, path),
    );
    await shows(page, { plan: "pro" });
    await click(page, "Portal");
    await page.waitForURL(`${portal.origin}/`);
    await page.goBack({ waitUntil: "commit" });
    await shows(page, { plan: "pro", leaving: false, loading: false });
    assert.equal(new URL(page.url()).origin, product.origin);
    assert.deepEqual(asked.map(([method, path]) => `${method} ${path}`), [`GET ${BALANCE}`, `POST ${PORTAL}`, `POST ${SYNC}`]);
  });
});
