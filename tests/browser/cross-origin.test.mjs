// Pages on other origins than Portico's: what the browser itself allows them, and what it refuses.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { portal } from "./account.mjs";
import { ROOT, browserTest, suite } from "./harness.mjs";
import { BALANCE, PORTAL, ownHost } from "./host.mjs";
import { html, script, site } from "./site.mjs";

/** Where users return to; nobody listens there. */
const FRONTEND = "http://quill.localhost";
/** Nothing but an answer of Portico has these. */
const NOTHING = { code: "network_error", status: 0, requestId: null, retryAfter: null, body: null };

suite("A page on another origin that is allowed", () => {
  browserTest("opens the portal, also with a body, under a strict policy", async ({ t, page, errors }) => {
    const { host, product } = await productBeside(t);
    const policy = `default-src 'none'; script-src 'self'; img-src data:; connect-src ${host.origin}`;
    product.files["/"] = html(PAGE, { "Content-Security-Policy": policy });
    await page.goto(`${product.origin}/`);
    assert.equal((await getAccount(page, host)).portal_available, true);
    const flow = { type: "payment_method_update" };
    const lines = await host.logged(async () => {
      await openPortal(page, host, { flow });
      assert.match(await portal(page, host), /payment_method_update/);
    });
    // The browser has asked first.
    assert.deepEqual(onRoute(lines, PORTAL), ["OPTIONS 204", "POST 200"]);
    // The way back is to the product, wherever it is.
    assert.equal(await page.getByRole("link", { name: "Return" }).getAttribute("href"), `${FRONTEND}/account`);
    assert.deepEqual(errors, []);
  });

  browserTest("reads what the headers of an error say", async ({ t, page }) => {
    const { host, product } = await productBeside(t, { stripe_max_retries: "0" });
    await page.goto(`${product.origin}/`);
    await host.fault(t, "server-error");
    const error = await openPortal(page, host);
    assert.equal(error.code, "stripe_unavailable");
    assert.equal(error.retryAfter, 5);
    assert.equal((await host.line(error.requestId)).error, "stripe_unavailable");
    const token = await host.token();
    const headers = await page.evaluate(
      async ([url, token]) => {
        const response = await fetch(url, { method: "POST", headers: { Authorization: `Bearer ${token}` } });
        return Object.fromEntries(response.headers);
      },
      [host.origin + PORTAL, token],
    );
    assert.equal(headers["retry-after"], "5");
    assert.match(headers["x-request-id"], /^[0-9a-f-]{36}$/);
    assert.equal(headers["ratelimit-policy"], '"paid";q=30;w=60');
    assert.match(headers.ratelimit, /^"paid";r=\d+;t=\d+$/);
  });

  browserTest("must allow Portico in its own policy", async ({ t, page, errors }) => {
    const { host, product } = await productBeside(t);
    product.files["/"] = html(PAGE, { "Content-Security-Policy": "default-src 'self'; img-src data:" });
    await page.goto(`${product.origin}/`);
    const lines = await host.logged(async () => {
      assert.deepEqual(await getAccount(page, host), NOTHING);
    });
    assert.deepEqual(onRoute(lines, BALANCE), []);
    assert.match(errors.join("\n"), /Content Security Policy directive/);
  });
});

suite("A page on an origin that is not allowed", () => {
  browserTest("gets nothing, because the browser asks first", async ({ t, page, errors }) => {
    const { host, product } = await productBeside(t);
    const stranger = await site(t, product.files);
    // The same server under another name is another origin, too.
    for (const origin of [stranger.origin, `http://127.0.0.1:${product.port}`]) {
      errors.length = 0;
      await page.goto(`${origin}/`);
      const lines = await host.logged(async () => {
        assert.deepEqual(await openPortal(page, host), NOTHING);
        assert.deepEqual(await getAccount(page, host), NOTHING);
        // Nor does it get a token of the development run.
        const signIn = page.evaluate((url) => fetch(url, { method: "POST" }), `${host.origin}/dev/tokens/user_paid`);
        await assert.rejects(signIn, /Failed to fetch/);
      });
      assert.deepEqual(methods(lines, PORTAL), ["OPTIONS"], origin);
      assert.deepEqual(methods(lines, BALANCE), ["OPTIONS"], origin);
      assert.equal(page.url(), `${origin}/`);
      assert.match(errors.join("\n"), /blocked by CORS policy: Response to preflight request/);
    }
  });

  browserTest("gets nothing when it is in a sandbox, where the origin is null", async ({ t, page, errors }) => {
    const { host, product } = await productBeside(t);
    product.files["/sandboxed"] = html(PAGE, { "Content-Security-Policy": "sandbox allow-scripts" });
    await page.goto(`${product.origin}/sandboxed`);
    assert.equal(await page.evaluate(() => self.origin), "null");
    const lines = await host.logged(async () => {
      assert.deepEqual(await openPortal(page, host), NOTHING);
    });
    assert.deepEqual(methods(lines, PORTAL), ["OPTIONS"]);
    assert.match(errors.join("\n"), /from origin 'null' has been blocked by CORS policy/);
  });

  browserTest("gets nothing when it is in a sandboxed frame of an allowed page", async ({ t, page }) => {
    const { host, product } = await productBeside(t);
    product.files["/framing"] = html('<iframe sandbox="allow-scripts" src="/"></iframe>');
    await page.goto(`${product.origin}/framing`);
    const frame = page.frame({ url: `${product.origin}/` });
    assert.equal(await frame.evaluate(() => self.origin), "null");
    const lines = await host.logged(async () => {
      assert.deepEqual(await getAccount(frame, host), NOTHING);
      assert.equal((await openPortal(frame, host)).code, "framed");
    });
    assert.deepEqual(methods(lines, BALANCE), ["OPTIONS"]);
    assert.deepEqual(methods(lines, PORTAL), []);
  });
});

/** A page that has nothing but the client. */
const PAGE = '<script type="module" src="/page.js"></script>';

/** A product's server, and a Portico which allows the product's origin beside that of `frontend_url`. */
async function productBeside(t, variables = {}) {
  // A page in a sandbox loads its scripts as if from another origin.
  const open = { "Access-Control-Allow-Origin": "*" };
  const product = await site(t, {
    "/": html(PAGE),
    "/page.js": script('import * as portico from "./portico.js"; window.portico = portico;', open),
    "/portico.js": script(await readFile(join(ROOT, "sdk/js/portico.js")), open),
  });
  const host = await ownHost(t, { frontend_url: FRONTEND, cors_origins: product.origin, ...variables });
  return { host, product };
}

/** Asks for the account from within a page or a frame; gives what it gets, or what is told of the error. */
function getAccount(page, host) {
  return call(page, host, "getAccount");
}

/** Opens the portal from within a page or a frame; gives what is told of the error, if there is one. */
function openPortal(page, host, options) {
  return call(page, host, "openBillingPortal", options);
}

async function call(page, host, name, options = {}) {
  await page.waitForFunction(() => window.portico);
  const token = await host.token();
  return page.evaluate(
    async ([name, endpoint, token, options]) => {
      try {
        return await window.portico[name]({ endpoint, getToken: () => token, ...options });
      } catch (error) {
        const { code, status, requestId, retryAfter, body } = error;
        return { code, status, requestId, retryAfter, body };
      }
    },
    [name, host.origin, token, options],
  );
}

function onRoute(lines, route) {
  return lines.filter((line) => line.route === route).map(({ method, status }) => `${method} ${status}`);
}

function methods(lines, route) {
  return lines.filter((line) => line.route === route).map(({ method }) => method);
}
