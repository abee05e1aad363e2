// What comes of answers that are errors, of answers that are none of Portico's, and of no answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";

import {
  PorticoError,
  getAccount,
  listInvoices,
  listPayments,
  listSubscriptions,
  openBillingPortal,
  startCheckout,
  syncAccount,
} from "../portico.js";
import { ACCOUNT, GOOD, INVOICE, PAYMENT, SESSION, json, openPage, rejection, serve, text } from "./harness.mjs";
import { codesForPages } from "./openapi.mjs";

const getToken = () => "a.b.c";
const calls = [
  openBillingPortal,
  startCheckout,
  getAccount,
  syncAccount,
  listInvoices,
  listPayments,
  listSubscriptions,
];

/** What `call` is rejected with when Portico answers by `handler`. Nothing may be navigated to or asked for twice. */
async function failure(t, call, handler) {
  const { endpoint, requests } = await serve(t, handler);
  const { visited } = openPage(t);
  const error = await rejection(call({ endpoint, getToken }));
  assert.ok(error instanceof PorticoError, inspect(error));
  assert.ok(error instanceof Error);
  assert.equal(error.name, "PorticoError");
  assert.equal(requests.length, 1);
  assert.deepEqual(visited, []);
  return error;
}

const statuses = {
  no_stripe_customer: 400,
  invalid_request: 400,
  unauthorized: 401,
  insufficient_balance: 402,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  already_subscribed: 409,
  rate_limited: 429,
  portal_not_configured: 500,
  stripe_unavailable: 500,
  stripe_rejected: 500,
  keys_unavailable: 500,
  store_unavailable: 500,
  misconfigured: 500,
  internal_error: 500,
};

test("Every code that a page can get is tested below", () => {
  assert.deepEqual(Object.keys(statuses).sort(), codesForPages().sort());
});

for (const [code, status] of [...Object.entries(statuses), ["a_code_of_the_future", 503]]) {
  for (const call of calls) {
    test(`${call.name} tells ${code} with all that Portico says about it`, async (t) => {
      const body = { error: code, message: `About ${code}.`, request_id: "id-of-the-body" };

      const error = await failure(t, call, json(status, body, { "X-Request-Id": "id-of-the-header" }));

      assert.equal(error.code, code);
      assert.equal(error.message, `About ${code}.`);
      assert.equal(error.status, status);
      assert.equal(error.requestId, "id-of-the-body");
      assert.equal(error.retryAfter, null);
      assert.deepEqual(error.body, body);
      assert.equal("cause" in error, false);
    });
  }
}

test("What a 402 tells beyond the error is in the body", async (t) => {
  const body = {
    error: "insufficient_balance",
    message: "The user has fewer tokens than this call costs.",
    request_id: "id",
    current_balance: 3,
    required_cost: 10,
    plan: "free",
    next_refill_at: null,
    upgrade_url: "https://app.example.com/upgrade",
  };

  const error = await failure(t, openBillingPortal, json(402, body));

  assert.deepEqual(error.body, body);
});

test("Where the body has no request_id, it is taken from the header", async (t) => {
  const error = await failure(t, getAccount, json(500, { error: "internal_error" }, { "X-Request-Id": "id" }));

  assert.equal(error.requestId, "id");
  assert.equal(error.message, "internal_error");
});

test("Where neither has a request_id, it is null", async (t) => {
  const error = await failure(t, getAccount, json(500, { error: "internal_error", message: "m" }));

  assert.equal(error.requestId, null);
});

for (const [header, seconds] of [
  ["5", 5],
  ["0", 0],
  ["3600", 3600],
  [undefined, null],
  ["", null],
  ["-1", null],
  ["1.5", null],
  ["0x10", null],
  ["1e3", null],
  ["5, 7", null],
  ["soon", null],
  ["Sun, 22 Nov 2026 19:01:25 GMT", null],
]) {
  test(`Retry-After ${JSON.stringify(header)} is ${seconds}`, async (t) => {
    const body = { error: "rate_limited", message: "m", request_id: "id" };

    const error = await failure(t, getAccount, json(429, body, header === undefined ? {} : { "Retry-After": header }));

    assert.equal(error.retryAfter, seconds);
  });
}

test("A call that is told to come back at once is not repeated", async (t) => {
  const handler = json(500, { error: "stripe_unavailable", message: "m", request_id: "id" }, { "Retry-After": "0" });

  const error = await failure(t, openBillingPortal, handler);
  await new Promise((resolve) => setTimeout(resolve, 50));

  assert.equal(error.retryAfter, 0);
});

for (const [name, status, body] of [
  ["a proxy's page", 502, "<!doctype html><title>502 Bad Gateway</title>"],
  ["nothing", 500, ""],
  ["truncated JSON", 429, '{"error":"rate_limited","mess'],
  ["JSON without an error", 503, '{"status":"unready"}'],
  ["an error that is not text", 500, '{"error":{"code":1}}'],
  ["null", 500, "null"],
  ["a bare text", 500, '"error"'],
  ["an array", 500, "[]"],
  ["a page of the site's own", 200, "<!doctype html><title>Shop</title>"],
  ["no body at all", 204, ""],
  ["nothing with a good status", 200, ""],
  ["truncated JSON with a good status", 200, `{"portal_available":true,"url":"${SESSION}`],
  ["a good body with a bad status", 500, JSON.stringify(GOOD)],
  ["null with a good status", 200, "null"],
  ["another object", 200, "{}"],
  ["an array with a good status", 200, "[]"],
  ["an error with a good status", 200, '{"error":"internal_error","message":"m","request_id":"id"}'],
]) {
  for (const call of calls) {
    test(`${call.name} takes ${name} (${status}) for an invalid answer`, async (t) => {
      const headers = { "X-Request-Id": "id-of-the-header", "Retry-After": "7" };

      const error = await failure(t, call, text(status, body, headers));

      assert.equal(error.code, "invalid_answer");
      assert.equal(error.status, status);
      assert.equal(error.requestId, "id-of-the-header");
      assert.equal(error.retryAfter, 7);
      assert.equal(error.body, null);
      assert.match(error.message, new RegExp(`${status}`));
    });
  }
}

test("An answer that breaks off is an invalid one", async (t) => {
  const error = await failure(t, openBillingPortal, (_request, response) => {
    response.writeHead(200, { "Content-Length": "200" });
    response.write(`{"url":"${SESSION}"`, () => response.destroy());
  });

  assert.equal(error.code, "invalid_answer");
  assert.equal(error.status, 200);
});

for (const url of [
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " \tjava\nscript:alert(1)",
  "data:text/html,x",
  "blob:https://billing.stripe.com/x",
  "file:///etc/passwd",
  "ftp://billing.stripe.com/",
  "httpsx://billing.stripe.com/",
  "xhttps://billing.stripe.com/",
  "//billing.stripe.com/p/session/x",
  "/p/session/x",
  "https://",
  "",
  null,
  17,
  {},
  undefined,
]) {
  test(`${JSON.stringify(url)} is not navigated to`, async (t) => {
    const error = await failure(t, openBillingPortal, json(200, { url }));

    assert.equal(error.code, "invalid_answer");
    assert.equal(error.status, 200);
    assert.equal(error.body, null);
  });
}

for (const call of [getAccount, syncAccount]) {
  test(`${call.name} takes a portal_available that is not a truth value for an invalid answer`, async (t) => {
    const error = await failure(t, call, json(200, { ...ACCOUNT, portal_available: "false" }));

    assert.equal(error.code, "invalid_answer");
  });
}

for (const [call, name, item] of [
  [listInvoices, "data", INVOICE],
  [listPayments, "transactions", PAYMENT],
]) {
  for (const [what, page] of [
    ["no items", { has_more: false }],
    ["items that are no list", { [name]: { 0: item, length: 1 }, has_more: false }],
    ["items of null", { [name]: [item, null], has_more: false }],
    ["an item without an identifier", { [name]: [{ ...item, id: undefined }], has_more: false }],
    ["an item whose identifier is not text", { [name]: [{ ...item, id: 1 }], has_more: false }],
    ["no has_more", { [name]: [item] }],
    ["a has_more that is text", { [name]: [item], has_more: "false" }],
  ]) {
    test(`${call.name} takes a page with ${what} for an invalid answer`, async (t) => {
      const error = await failure(t, call, json(200, page));

      assert.equal(error.code, "invalid_answer");
      assert.equal(error.status, 200);
      assert.equal(error.body, null);
    });
  }

  for (const link of [
    "javascript:alert('secret')",
    " javascript:alert('secret')//https:",
    "java\nscript:alert('secret')",
    "data:text/html,secret",
    "/relative/secret",
    "",
    0,
    {},
  ]) {
    for (const member of ["hosted_invoice_url", "invoice_pdf", "receipt_url"]) {
      test(`${call.name} does not give ${JSON.stringify(link)} for a link (${member})`, async (t) => {
        const error = await failure(t, call, json(200, { [name]: [item, { ...item, [member]: link }], has_more: false }));

        assert.equal(error.code, "invalid_answer");
        assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /secret/);
      });
    }
  }
}

test("An address that is not navigated to is not passed on either", async (t) => {
  const error = await failure(t, openBillingPortal, json(200, { url: "secret://session-secret" }));

  assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /session-secret/);
});

for (const call of calls) {
  test(`${call.name} tells a server that cannot be reached as network_error, with the cause`, async (t) => {
    const { endpoint } = await serve(t, (request) => request.socket.destroy());
    const { visited } = openPage(t);

    const error = await rejection(call({ endpoint, getToken }));

    assert.ok(error instanceof PorticoError);
    assert.equal(error.code, "network_error");
    assert.equal(error.status, 0);
    assert.equal(error.requestId, null);
    assert.equal(error.retryAfter, null);
    assert.equal(error.body, null);
    assert.ok(error.cause instanceof TypeError);
    assert.deepEqual(visited, []);
  });

  for (const status of [301, 302, 303, 307, 308]) {
    test(`${call.name} does not follow a redirect (${status}), which must not have the token`, async (t) => {
      const elsewhere = await serve(t, json(200, GOOD));
      const { endpoint } = await serve(t, text(status, "", { Location: `${elsewhere.endpoint}/elsewhere` }));
      const { visited } = openPage(t);

      const error = await rejection(call({ endpoint, getToken }));

      assert.equal(error.code, "network_error");
      assert.equal(error.status, 0);
      assert.ok(error.cause instanceof TypeError);
      assert.deepEqual(elsewhere.requests, []);
      assert.deepEqual(visited, []);
    });
  }

  for (const token of [undefined, null, "", " ", "a b", "a.b.c\r\nX-Other: 1", "tökén", "a.b.c\u0000", {}]) {
    test(`${call.name} sends nothing without a token: ${JSON.stringify(token)}`, async (t) => {
      const { endpoint, requests } = await serve(t, json(200, GOOD));
      const { visited } = openPage(t);

      const error = await rejection(call({ endpoint, getToken: async () => token }));

      assert.ok(error instanceof PorticoError);
      assert.equal(error.code, "unauthorized");
      assert.equal(error.status, 0);
      assert.equal(error.body, null);
      assert.deepEqual(requests, []);
      assert.deepEqual(visited, []);
    });
  }

  for (const thrown of [new Error("login_required"), "a text", undefined]) {
    for (const [how, getToken] of [
      ["throws", () => { throw thrown; }],
      ["rejects with", () => Promise.reject(thrown)],
    ]) {
      test(`${call.name} passes on unchanged what getToken ${how}: ${thrown}`, async (t) => {
        const { endpoint, requests } = await serve(t, json(200, GOOD));
        openPage(t);

        assert.equal(await rejection(call({ endpoint, getToken })), thrown);
        assert.deepEqual(requests, []);
      });
    }
  }

  test(`${call.name} rejects rather than throws when its options are missing`, async (t) => {
    openPage(t);
    const promise = call({});
    assert.ok(promise instanceof Promise);

    assert.ok((await rejection(promise)) instanceof TypeError);
  });
}

test("An error that a page makes for its own tests has the defaults of one without an answer", () => {
  const error = new PorticoError("network_error", "m");

  const { name, code, message, status, requestId, retryAfter, body } = error;
  assert.deepEqual(
    { name, code, message, status, requestId, retryAfter, body },
    {
      name: "PorticoError",
      code: "network_error",
      message: "m",
      status: 0,
      requestId: null,
      retryAfter: null,
      body: null,
    },
  );
  assert.match(String(error), /^PorticoError: m$/);
});
