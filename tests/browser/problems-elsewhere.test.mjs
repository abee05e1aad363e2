// What a person is told when the fault is not Stripe's: of the identity provider, of the operator, or on the way.

import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { leadsToTheLog, manage, openAccount, portal, problem, problemOf, usable } from "./account.mjs";
import { browserTest, eventually, screenshot, suite } from "./harness.mjs";
import { PORTAL, STEADY, ownHost, sharedHost } from "./host.mjs";
import { site } from "./site.mjs";

suite("A token", () => {
  browserTest("that Portico no longer takes lets the person sign in again", async ({ page }) => {
    const host = await sharedHost(STEADY);
    let tokens = 0;
    page.on("request", (request) => (tokens += Number(request.url().includes("/dev/tokens/"))));
    await openAccount(page, host);
    assert.equal(tokens, 1);
    // The signature is another one from here on, as if the provider had changed its keys.
    const spoil = (route) => {
      const headers = route.request().headers();
      const [head, claims, signature] = headers.authorization.split(".");
      const authorization = [head, claims, [...signature].reverse().join("")].join(".");
      return route.continue({ headers: { ...headers, authorization } });
    };
    await page.route(host.origin + PORTAL, spoil, { times: 1 });
    await manage(page).click();
    const told = await problemOf(page, "unauthorized", "Please sign in again");
    assert.doesNotMatch(told, /Reference/);
    await screenshot(page, "problem-unauthorized");

    await page.getByRole("button", { name: "Sign in again" }).click();
    await problem(page).waitFor({ state: "hidden" });
    await usable(page, host);
    assert.equal(tokens, 2, "the old token is not used again");
    await manage(page).click();
    await portal(page, host);
  });

  browserTest("that Portico never takes shows no billing, and asks to sign in again", async ({ page }) => {
    const host = await sharedHost({ jwt_hs256_secret: "not-the-one-that-signs-the-tokens" });
    await page.goto(`${host.origin}/`);
    await problemOf(page, "unauthorized", "Please sign in again");
    assert.equal(await manage(page).isVisible(), false);
    assert.equal(await page.getByText("Loading your plan…").isVisible(), false);
  });

  browserTest("whose keys cannot be fetched is asked about again", async ({ t, page }) => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const keys = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "1", alg: "ES256", use: "sig" }] };
    const provider = await site(t, {
      "/.well-known/jwks.json": { status: 503, type: "text/plain", body: "The provider is down." },
    });
    const host = await ownHost(t, { jwt_hs256_secret: "", jwt_jwks_origin: `http://127.0.0.1:${provider.port}` });
    await page.route("**/dev/tokens/*", (route) => {
      const user = route.request().url().split("/").pop();
      return route.fulfill({ json: { token: signed(privateKey, host.claims(user)) } });
    });
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.goto(`${host.origin}/`);
    const told = await problemOf(page, "keys_unavailable", "The billing portal is out of reach");
    await leadsToTheLog(host, told, "keys_unavailable");
    assert.match(told, /Try again in 5 s/);
    await screenshot(page, "problem-keys_unavailable");

    provider.files["/.well-known/jwks.json"] = { type: "application/json", body: JSON.stringify(keys) };
    await eventually(async () => {
      // Portico itself waits a moment before it asks again.
      await page.clock.runFor(5000);
      await page.getByRole("button", { name: "Try again", exact: true }).click({ timeout: 1000 });
      await manage(page).waitFor({ timeout: 1000 });
    });
    await manage(page).click();
    await portal(page, host);
  });
});

suite("A Portico", () => {
  browserTest("that is misconfigured gives a reference", async ({ page }) => {
    const host = await sharedHost({ portal_hosts: "https://billing.stripe.com/" });
    await page.goto(`${host.origin}/`);
    const told = await problemOf(page, "misconfigured", "The billing portal is not available");
    const line = await leadsToTheLog(host, told, "misconfigured");
    assert.match(line.reason, /portal_hosts/);
    await screenshot(page, "problem-misconfigured");
  });

  browserTest("that cannot read a user's record gives a reference", async ({ t, page }) => {
    const folder = await mkdtemp(join(tmpdir(), "portico-browser-"));
    t.after(() => rm(folder, { recursive: true }));
    const store = join(folder, "store.db");
    // A host leaves one file that holds everything, or further ones beside it, as it comes; the next one folds those.
    await eventually(async () => {
      await (await ownHost(t, {}, ["--store", store])).stop();
      assert.deepEqual(await readdir(folder), ["store.db"]);
    });
    const content = await readFile(store, "latin1");
    assert.ok(content.includes("customer:user_paid"), "the file has the paid user's record");
    // The paid user's record becomes the free user's, whose name is as long, and names what is no customer. The next host
    // writes the paid user's anew.
    const spoilt = content.replaceAll("customer:user_paid", "customer:user_free");
    await writeFile(store, spoilt.replaceAll('"cus_', '"cux_'), "latin1");

    const host = await ownHost(t, {}, ["--store", store]);
    await openAccount(page, host);
    await page.getByLabel("Signed in as").selectOption("user_free");
    const told = await problemOf(page, "store_unavailable", "The billing portal is out of reach");
    await leadsToTheLog(host, told, "store_unavailable");
    await screenshot(page, "problem-store_unavailable");
    await page.getByLabel("Signed in as").selectOption("user_paid");
    await usable(page, host);
  });
});

// Portico does not give these answers on request, so they are given in its place, in the form that it has for them.
suite("An answer in Portico's place", () => {
  const reference = "3f0c7f4e-0000-4000-8000-000000000001";
  const refusal = (status, error) => ({ status, json: { error, message: "For a developer.", request_id: reference } });
  const proxys = { status: 502, contentType: "text/html", body: "<h1>Bad Gateway</h1>" };
  const answers = [
    ["internal_error", refusal(500, "internal_error"), "The billing portal is out of reach", true],
    ["a_code_of_tomorrow", refusal(418, "a_code_of_tomorrow"), "Something went wrong", true],
    ["invalid_answer", proxys, "Something went wrong", false],
  ];
  for (const [code, answer, title, hasReference] of answers) {
    browserTest(`is told as what it is, and can be tried again: ${code}`, async ({ page }) => {
      const host = await sharedHost(STEADY);
      await openAccount(page, host);
      await page.route(host.origin + PORTAL, (route) => route.fulfill(answer), { times: 1 });
      await manage(page).click();
      const told = await problemOf(page, code, title);
      assert.equal(told.includes(`Reference: ${reference}`), hasReference, told);
      assert.doesNotMatch(told, /For a developer|Gateway/);
      await screenshot(page, `problem-${code}`);
      await page.getByRole("button", { name: "Try again" }).click();
      await portal(page, host);
    });
  }

  browserTest("with a script for a link gets no link to it", async ({ page }) => {
    const host = await sharedHost(STEADY);
    await openAccount(page, host);
    const { status, json } = refusal(402, "insufficient_balance");
    const details = { required_cost: 2, current_balance: 1, next_refill_at: null, upgrade_url: "javascript:alert(1)" };
    await page.route(host.origin + PORTAL, (route) => route.fulfill({ status, json: { ...json, ...details } }));
    await manage(page).click();
    const told = await problemOf(page, "insufficient_balance", "You have too few tokens");
    assert.match(told, /costs 2 tokens, and you have 1 token\.$/m);
    await page.getByRole("link", { name: "Upgrade" }).click();
    await page.getByRole("heading", { name: "Upgrade to Pro" }).waitFor();
    assert.equal(page.url(), `${host.origin}/#plans`);
  });
});

suite("A connection", () => {
  browserTest("that is lost is told as such, and what was asked for can be had later", async ({ page, context }) => {
    const host = await sharedHost(STEADY);
    await openAccount(page, host);
    await context.setOffline(true);
    await manage(page).click();
    await problemOf(page, "network_error", "We cannot be reached");
    await usable(page, host);
    await screenshot(page, "problem-network_error");
    await context.setOffline(false);
    await page.getByRole("button", { name: "Try again" }).click();
    await portal(page, host);
  });

  browserTest("that is lost while the page loads leaves a way to load it again", async ({ page }) => {
    const host = await sharedHost(STEADY);
    await page.route("**/dev/users", (route) => route.abort(), { times: 1 });
    await page.goto(`${host.origin}/`);
    await page.getByRole("alert").getByRole("button", { name: "Try again" }).click();
    await usable(page, host);
  });

  browserTest("to the identity provider that is lost costs no session", async ({ page }) => {
    const host = await sharedHost(STEADY);
    await page.clock.install();
    await openAccount(page, host);
    // The token is too old by now, and a new one cannot be had.
    await page.clock.fastForward(10 * 60 * 1000);
    await page.route("**/dev/tokens/*", (route) => route.fulfill({ status: 500, body: "" }), { times: 1 });
    const lines = await host.logged(async () => {
      await manage(page).click();
      await problemOf(page, "", "Something went wrong");
    });
    assert.deepEqual(lines, []);
    await page.getByRole("button", { name: "Try again" }).click();
    await portal(page, host);
  });
});

/** A token that the identity provider would sign. */
function signed(privateKey, claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "ES256", typ: "JWT", kid: "1" })}.${part(claims)}`;
  const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}
