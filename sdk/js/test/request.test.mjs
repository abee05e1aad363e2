// What is sent, and what comes of a good answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import {
  getAccount,
  listInvoices,
  listPayments,
  listSubscriptions,
  openBillingPortal,
  startCheckout,
  syncAccount,
} from "../portico.js";
import {
  ACCOUNT,
  BALANCE,
  CHECKOUT,
  GOOD,
  HISTORY,
  INVOICES,
  PORTAL,
  SESSION,
  SUBSCRIPTIONS,
  SYNC,
  json,
  openPage,
  rejection,
  serve,
} from "./harness.mjs";
import { run } from "./tools.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const getToken = async () => "a.b.c";
const session = json(200, { url: SESSION });

/** The headers of a request without those that `fetch` itself sends, whatever it is called with. */
async function ownHeaders(t, { method, headers }) {
  const plain = await serve(t, json(200, {}));
  await fetch(plain.endpoint, { method, cache: "no-store" });
  const usual = plain.requests[0].headers;
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => name !== "host" && usual[name] !== value),
  );
}

test("The portal is asked for with the token and nothing else, and the browser is sent there once", async (t) => {
  const { endpoint, requests } = await serve(t, session);
  const { visited } = openPage(t);

  assert.equal(await openBillingPortal({ endpoint, getToken }), undefined);

  assert.equal(requests.length, 1);
  const [request] = requests;
  assert.equal(request.method, "POST");
  assert.equal(request.url, PORTAL);
  assert.equal(request.body, "");
  assert.equal(request.headers["content-type"], undefined);
  assert.deepEqual(await ownHeaders(t, request), { authorization: "Bearer a.b.c" });
  assert.deepEqual(visited, [SESSION]);
});

test("What the caller chooses is sent as JSON, as it is", async (t) => {
  const { endpoint, requests } = await serve(t, session);
  const { visited } = openPage(t);
  const flow = {
    type: "subscription_update_confirm",
    subscription: "sub_1",
    items: [{ id: "si_1", price: "price_1", quantity: 2 }],
    discounts: [{ promotion_code: "promo_1" }],
    after_completion: "redirect",
  };

  await openBillingPortal({ endpoint, getToken, flow, locale: "pt-BR", returnPath: "/account?tab=é#top" });

  const [request] = requests;
  assert.deepEqual(JSON.parse(request.body), { flow, locale: "pt-BR", return_path: "/account?tab=é#top" });
  assert.deepEqual(await ownHeaders(t, request), {
    authorization: "Bearer a.b.c",
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(request.body)),
  });
  assert.deepEqual(visited, [SESSION]);
});

for (const [options, body] of [
  [{ flow: { type: "customer_update" } }, { flow: { type: "customer_update" } }],
  [{ locale: "auto" }, { locale: "auto" }],
  [{ returnPath: "/billing" }, { return_path: "/billing" }],
  [{ flow: undefined, locale: "de", returnPath: undefined }, { locale: "de" }],
  [{ returnPath: "" }, { return_path: "" }],
]) {
  test(`The body has only the members that were given: ${JSON.stringify(options)}`, async (t) => {
    const { endpoint, requests } = await serve(t, session);
    openPage(t);

    await openBillingPortal({ endpoint, getToken, ...options });

    assert.deepEqual(JSON.parse(requests[0].body), body);
    assert.equal(requests[0].headers["content-type"], "application/json");
  });
}

test("Options that are undefined are not given, so there is no body", async (t) => {
  const { endpoint, requests } = await serve(t, session);
  openPage(t);

  const nothing = { flow: undefined, locale: undefined, returnPath: undefined, signal: undefined };
  await openBillingPortal({ endpoint, getToken, ...nothing });

  assert.equal(requests[0].body, "");
  assert.equal(requests[0].headers["content-type"], undefined);
});

test("A checkout is asked for with all that was chosen, and the browser is sent there once", async (t) => {
  const { endpoint, requests } = await serve(t, session);
  const { visited } = openPage(t);
  const paths = { successPath: "/account?checkout=done", cancelPath: "/plans#pro" };

  const choice = { price: "pro_monthly", quantity: 3, locale: "pt-BR" };
  assert.equal(await startCheckout({ endpoint, getToken, ...choice, ...paths }), undefined);

  assert.equal(requests.length, 1);
  const [request] = requests;
  assert.equal(request.method, "POST");
  assert.equal(request.url, CHECKOUT);
  assert.deepEqual(JSON.parse(request.body), {
    ...choice,
    success_path: "/account?checkout=done",
    cancel_path: "/plans#pro",
  });
  assert.equal(request.headers["content-type"], "application/json");
  assert.deepEqual(visited, [SESSION]);
});

test("Of a checkout only the price has to be chosen", async (t) => {
  const { endpoint, requests } = await serve(t, session);
  openPage(t);

  const nothing = { quantity: undefined, locale: undefined, successPath: undefined, cancelPath: undefined };
  await startCheckout({ endpoint, getToken, price: "pro_monthly", ...nothing });

  assert.deepEqual(JSON.parse(requests[0].body), { price: "pro_monthly" });
});

for (const [call, method, path] of [
  [getAccount, "GET", BALANCE],
  [syncAccount, "POST", SYNC],
  [listInvoices, "GET", INVOICES],
  [listPayments, "GET", HISTORY],
  [listSubscriptions, "GET", SUBSCRIPTIONS],
]) {
  test(`${call.name} asks with ${method} and the token, and gives the answer as it is on the wire`, async (t) => {
    const { endpoint, requests } = await serve(t, json(200, GOOD));
    const { visited } = openPage(t);

    assert.deepEqual(await call({ endpoint, getToken }), GOOD);

    assert.equal(requests.length, 1);
    const [request] = requests;
    assert.equal(request.method, method);
    assert.equal(request.url, path);
    assert.equal(request.body, "");
    assert.equal(request.headers["content-type"], undefined);
    assert.deepEqual(await ownHeaders(t, request), { authorization: "Bearer a.b.c" });
    assert.deepEqual(visited, []);
  });
}

test("An account without a customer is an answer like any other", async (t) => {
  const lapsed = { plan: "free", portal_available: false, current_balance: 0, next_refill_at: null };
  const { endpoint } = await serve(t, json(200, lapsed));
  openPage(t);

  assert.deepEqual(await getAccount({ endpoint, getToken }), lapsed);
});

test("Members that a later version of Portico adds to the account are kept", async (t) => {
  const { endpoint } = await serve(t, json(200, { ...ACCOUNT, later: 1 }));
  openPage(t);

  assert.deepEqual(await getAccount({ endpoint, getToken }), { ...ACCOUNT, later: 1 });
});

for (const [name, suffix, url] of [
  ["may end without a slash", "", PORTAL],
  ["may end with a slash", "/", PORTAL],
  ["may have a path", "/billing/eu", `/billing/eu${PORTAL}`],
  ["may have a path that ends with a slash", "/billing/", `/billing${PORTAL}`],
]) {
  test(`The endpoint ${name}`, async (t) => {
    const { endpoint, requests } = await serve(t, session);
    openPage(t);

    await openBillingPortal({ endpoint: endpoint + suffix, getToken });

    assert.equal(requests[0].url, url);
  });
}

for (const endpoint of ["", "/"]) {
  test(`The endpoint "${endpoint}" is the page's own origin`, async (t) => {
    const { endpoint: base, requests } = await serve(t, (request, response) =>
      json(200, request.method === "POST" ? { url: SESSION } : ACCOUNT)(request, response),
    );
    const { visited } = openPage(t, { base: `${base}/account/settings?tab=1` });

    await openBillingPortal({ endpoint, getToken });
    await getAccount({ endpoint, getToken });

    assert.deepEqual(
      requests.map(({ url }) => url),
      [PORTAL, BALANCE],
    );
    assert.deepEqual(visited, [SESSION]);
  });
}

test("fetch is told to keep nothing, to send no cookies, to follow nowhere and to tell only the origin", async (t) => {
  const { endpoint } = await serve(t, json(200, GOOD));
  const { fetches } = openPage(t);
  const { signal } = new AbortController();

  const calls = [openBillingPortal, startCheckout, getAccount, syncAccount, listInvoices, listPayments, listSubscriptions];
  for (const call of calls) {
    await call({ endpoint, getToken, signal });
  }

  assert.equal(fetches.length, calls.length);
  for (const options of fetches) {
    assert.equal(options.cache, "no-store");
    assert.equal(options.credentials, "omit");
    assert.equal(options.redirect, "error");
    assert.equal(options.referrerPolicy, "strict-origin");
    assert.equal(options.signal, signal);
  }
});

for (const getToken of [() => "a.b.c", async () => "a.b.c", () => ({ then: (resolve) => resolve("a.b.c") })]) {
  test(`A token may come at once, in a promise or in a thenable: ${getToken}`, async (t) => {
    const { endpoint, requests } = await serve(t, json(200, ACCOUNT));
    openPage(t);

    await getAccount({ endpoint, getToken });

    assert.equal(requests[0].headers.authorization, "Bearer a.b.c");
  });
}

test("getToken is called once for each request, without arguments", async (t) => {
  const { endpoint, requests } = await serve(t, json(200, ACCOUNT));
  openPage(t);
  const calls = [];
  const getToken = (...parameters) => {
    calls.push(parameters);
    return `token-${calls.length}`;
  };

  await getAccount({ endpoint, getToken });
  await getAccount({ endpoint, getToken });

  assert.deepEqual(calls, [[], []]);
  assert.deepEqual(
    requests.map(({ headers }) => headers.authorization),
    ["Bearer token-1", "Bearer token-2"],
  );
});

test("The browser goes to the URL as it was checked, not as it was spelled", async (t) => {
  const { endpoint } = await serve(t, json(200, { url: " HTTPS:billing.stripe.com/p/session/x" }));
  const { visited } = openPage(t);

  await openBillingPortal({ endpoint, getToken });

  assert.deepEqual(visited, ["https://billing.stripe.com/p/session/x"]);
});

test("The stand-in's plain http is navigated to", async (t) => {
  const { endpoint } = await serve(t, json(200, { url: "http://127.0.0.1:12111/p/session/test_x" }));
  const { visited } = openPage(t);

  await openBillingPortal({ endpoint, getToken });

  assert.deepEqual(visited, ["http://127.0.0.1:12111/p/session/test_x"]);
});

for (const call of [openBillingPortal, startCheckout]) {
  for (const [where, enter] of [
    ["In a frame", (t) => openPage(t, { framed: true })],
    ["Where there is no page", () => ({ visited: [] })],
  ]) {
    test(`${where}, ${call.name} is refused before anything is done`, async (t) => {
      const { endpoint, requests } = await serve(t, session);
      const { visited } = enter(t);
      let tokens = 0;

      const error = await rejection(call({ endpoint, getToken: () => `${++tokens}`, price: "pro_monthly" }));

      assert.equal(error.name, "PorticoError");
      assert.equal(error.code, "framed");
      assert.equal(error.status, 0);
      assert.equal(tokens, 0);
      assert.deepEqual(requests, []);
      assert.deepEqual(visited, []);
    });
  }

  test(`${call.name} leaves the navigation to whoever knows how, and waits for it`, async (t) => {
    const { endpoint } = await serve(t, session);
    assert.equal(globalThis.window, undefined);
    const visited = [];
    const navigate = async (url) => {
      await null;
      visited.push(url);
    };

    assert.equal(await call({ endpoint, getToken, price: "pro_monthly", navigate }), undefined);
    assert.deepEqual(visited, [SESSION]);

    const problem = new Error("no browser");
    assert.equal(await rejection(call({ endpoint, getToken, navigate: () => Promise.reject(problem) })), problem);
  });
}

for (const call of [getAccount, syncAccount, listInvoices, listPayments, listSubscriptions]) {
  test(`${call.name} works in a frame`, async (t) => {
    const { endpoint } = await serve(t, json(200, GOOD));
    openPage(t, { framed: true });

    assert.deepEqual(await call({ endpoint, getToken }), GOOD);
  });

  test(`${call.name} works where there is no window, as in a worker`, async (t) => {
    const { endpoint } = await serve(t, json(200, GOOD));
    assert.equal(globalThis.window, undefined);

    assert.deepEqual(await call({ endpoint, getToken }), GOOD);
  });
}

test("Importing the module touches nothing and leaves nothing behind", () => {
  // A process of its own, since this one has imported the module before the test begins.
  const script = `
    const touched = [];
    for (const name of ["window", "document", "navigator", "location", "fetch"]) {
      Object.defineProperty(globalThis, name, { configurable: true, get: () => void touched.push(name) });
    }
    const before = Reflect.ownKeys(globalThis);
    const module = await import("./portico.js");
    const left = Reflect.ownKeys(globalThis).filter((name) => !before.includes(name));
    console.log(JSON.stringify({ exports: Object.keys(module).sort(), touched, left }));
  `;

  assert.deepEqual(JSON.parse(run(root, process.execPath, "--input-type=module", "--eval", script)), {
    exports: [
      "PorticoError",
      "getAccount",
      "listInvoices",
      "listPayments",
      "listSubscriptions",
      "openBillingPortal",
      "startCheckout",
      "syncAccount",
    ],
    touched: [],
    left: [],
  });
});
