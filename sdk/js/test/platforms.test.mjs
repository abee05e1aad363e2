// Platforms whose `fetch` differs from a browser's. tests/packages runs the client in some of them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PorticoError, getAccount, listInvoices, openBillingPortal, startCheckout } from "../portico.js";
import { ACCOUNT, GOOD, json, openPage, rejection, serve } from "./harness.mjs";

const getToken = () => "a.b.c";

/** Replaces globals for the length of a test; `undefined` removes one. */
function globals(t, values) {
  const before = Object.keys(values).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  t.after(() => before.forEach(([name, own]) => own && Object.defineProperty(globalThis, name, own)));
  for (const [name, value] of Object.entries(values)) {
    delete globalThis[name];
    if (value !== undefined) Object.defineProperty(globalThis, name, { configurable: true, writable: true, value });
  }
}

for (const call of [openBillingPortal, startCheckout, getAccount, listInvoices]) {
  test(`${call.name} tells a fetch that throws as network_error, with the cause`, async (t) => {
    openPage(t);
    const cause = new TypeError("The 'credentials' field on 'RequestInitializerDict' is not implemented.");
    globals(t, {
      fetch: () => {
        throw cause;
      },
    });

    const error = await rejection(call({ endpoint: "https://billing.example.com", getToken }));

    assert.ok(error instanceof PorticoError);
    assert.equal(error.code, "network_error");
    assert.equal(error.status, 0);
    assert.equal(error.cause, cause);
  });

  test(`${call.name} tells a fetch that is missing as network_error`, async (t) => {
    openPage(t);
    globals(t, { fetch: undefined });

    const error = await rejection(call({ endpoint: "https://billing.example.com", getToken }));

    assert.ok(error instanceof PorticoError);
    assert.equal(error.code, "network_error");
    assert.ok(error.cause instanceof ReferenceError);
  });
}

test("Options that a platform's fetch refuses are left out, and redirects are not followed all the same", async (t) => {
  const { endpoint } = await serve(t, json(200, ACCOUNT));
  const { fetches } = openPage(t);
  const RealRequest = globalThis.Request;
  // As in Cloudflare Workers.
  class Request extends RealRequest {
    constructor(url, options = {}) {
      for (const name of ["cache", "credentials", "referrerPolicy"]) {
        if (name in options) throw new Error(`The '${name}' field on 'RequestInitializerDict' is not implemented.`);
      }
      if (options.redirect === "error") throw new TypeError("Invalid redirect value");
      super(url, options);
    }
  }
  globals(t, { Request });

  assert.deepEqual(await getAccount({ endpoint, getToken }), ACCOUNT);

  const [options] = fetches;
  assert.deepEqual(Object.keys(options).sort(), ["body", "headers", "method", "redirect", "signal"]);
  assert.equal(options.redirect, "manual");
});

test("Where a redirect is handed over, it is no answer of Portico's, and the token goes nowhere else", async (t) => {
  const elsewhere = await serve(t, json(200, GOOD));
  const { endpoint } = await serve(t, (_request, response) =>
    response.writeHead(307, { Location: elsewhere.endpoint }).end(),
  );
  globals(t, { Request: undefined });

  const error = await rejection(getAccount({ endpoint, getToken }));

  assert.equal(error.code, "invalid_answer");
  assert.equal(error.status, 307);
  assert.deepEqual(elsewhere.requests, []);
});

test("Options that a platform's fetch does not know are left out, since it may take them for something else", async (t) => {
  const { endpoint } = await serve(t, json(200, GOOD));
  const { fetches } = openPage(t);
  // As in React Native.
  class Request {
    constructor(url, { credentials = "same-origin" } = {}) {
      Object.assign(this, { url, credentials });
    }
  }
  globals(t, { Request });

  await listInvoices({ endpoint, getToken });

  const [options] = fetches;
  assert.equal(options.credentials, "omit");
  assert.equal("cache" in options, false);
  assert.equal("referrerPolicy" in options, false);
});

test("A signal without a reason and without throwIfAborted is understood", async (t) => {
  openPage(t);
  const signal = { aborted: true, addEventListener() {}, removeEventListener() {} };

  const error = await rejection(getAccount({ endpoint: "https://billing.example.com", getToken, signal }));

  assert.equal(error.name, "AbortError");
});
