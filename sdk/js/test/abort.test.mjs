// A call that is given up: at each stage it is rejected with the signal's own reason, and the page stays.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";

import {
  getAccount,
  listInvoices,
  listPayments,
  listSubscriptions,
  openBillingPortal,
  startCheckout,
  syncAccount,
} from "../portico.js";
import { GOOD, SESSION, json, openPage, rejection, serve } from "./harness.mjs";

const getToken = () => "a.b.c";
const good = json(200, GOOD);

const calls = [
  openBillingPortal,
  startCheckout,
  getAccount,
  syncAccount,
  listInvoices,
  listPayments,
  listSubscriptions,
];
for (const call of calls) {
  test(`${call.name} does nothing with a signal that is aborted already`, async (t) => {
    const { endpoint, requests } = await serve(t, good);
    const { visited } = openPage(t);
    const reason = new Error("given up");
    let tokens = 0;

    const error = await rejection(
      call({ endpoint, getToken: () => `${++tokens}`, signal: AbortSignal.abort(reason) }),
    );

    assert.equal(error, reason);
    assert.equal(tokens, 0);
    assert.deepEqual(requests, []);
    assert.deepEqual(visited, []);
  });

  test(`${call.name} does not wait for getToken after an abort`, async (t) => {
    const { endpoint, requests } = await serve(t, good);
    const { visited } = openPage(t);
    const controller = new AbortController();
    const reason = new Error("given up");

    const promise = rejection(call({ endpoint, getToken: () => new Promise(() => {}), signal: controller.signal }));
    setTimeout(() => controller.abort(reason), 10);

    assert.equal(await promise, reason);
    assert.deepEqual(requests, []);
    assert.deepEqual(visited, []);
  });

  for (const [how, late] of [
    ["gives a token", () => "a.b.c"],
    ["fails", () => Promise.reject(new Error("late"))],
    ["hangs", () => new Promise(() => {})],
  ]) {
    test(`${call.name} sends nothing when getToken itself aborts and then ${how}`, async (t) => {
      const { endpoint, requests } = await serve(t, good);
      const { visited } = openPage(t);
      const controller = new AbortController();
      const reason = new Error("given up");
      const getToken = () => {
        controller.abort(reason);
        return late();
      };

      assert.equal(await rejection(call({ endpoint, getToken, signal: controller.signal })), reason);
      assert.deepEqual(requests, []);
      assert.deepEqual(visited, []);
    });
  }

  test(`${call.name} tells the abort, although getToken fails in the same moment`, async (t) => {
    const { endpoint } = await serve(t, good);
    openPage(t);
    const controller = new AbortController();
    const reason = new Error("given up");
    const getToken = async () => {
      await null;
      queueMicrotask(() => controller.abort(reason));
      throw new Error("late");
    };

    assert.equal(await rejection(call({ endpoint, getToken, signal: controller.signal })), reason);
  });

  test(`${call.name} breaks the request off when it is aborted before the answer`, async (t) => {
    const controller = new AbortController();
    const reason = new Error("given up");
    let closed;
    const broken = new Promise((resolve) => (closed = resolve));
    const { endpoint, requests } = await serve(t, (_request, response) => {
      response.on("close", closed);
      controller.abort(reason);
    });
    const { visited } = openPage(t);

    assert.equal(await rejection(call({ endpoint, getToken, signal: controller.signal })), reason);
    await broken;
    assert.equal(requests.length, 1);
    assert.deepEqual(visited, []);
  });

  for (const status of [200, 500]) {
    test(`${call.name} gives up an answer (${status}) that has begun`, async (t) => {
      const controller = new AbortController();
      const reason = new Error("given up");
      const { endpoint } = await serve(t, (_request, response) => {
        response.writeHead(status, { "Content-Type": "application/json" });
        response.write('{"url":"https://billing.stri', () => setTimeout(() => controller.abort(reason), 10));
      });
      const { visited } = openPage(t);

      assert.equal(await rejection(call({ endpoint, getToken, signal: controller.signal })), reason);
      assert.deepEqual(visited, []);
    });
  }

  test(`${call.name} tells the reason of a signal that times out`, async (t) => {
    const { endpoint } = await serve(t, () => {});
    openPage(t);
    const signal = AbortSignal.timeout(20);

    const error = await rejection(call({ endpoint, getToken, signal }));

    assert.equal(error, signal.reason);
    assert.equal(error.name, "TimeoutError");
  });

  test(`${call.name} tells an abort without a reason as fetch does`, async (t) => {
    const { endpoint } = await serve(t, good);
    openPage(t);
    const controller = new AbortController();

    const promise = rejection(call({ endpoint, getToken, signal: controller.signal }));
    controller.abort();

    const error = await promise;
    assert.equal(error.name, "AbortError");
    assert.equal(error, controller.signal.reason);
  });

  test(`${call.name} takes null for no signal, as fetch does`, async (t) => {
    const { endpoint, requests } = await serve(t, good);
    openPage(t);

    await call({ endpoint, getToken, signal: null });

    assert.equal(requests.length, 1);
  });

  for (const [how, getToken] of [
    ["gives nothing", () => null],
    ["fails", () => Promise.reject(new Error("login_required"))],
  ]) {
    test(`${call.name} leaves no listener on a signal when getToken ${how}`, async (t) => {
      openPage(t);
      const { signal } = new AbortController();
      let during;

      await rejection(
        call({
          endpoint: "http://127.0.0.1:9",
          getToken: () => {
            during = getEventListeners(signal, "abort").length;
            return getToken();
          },
          signal,
        }),
      );
      await null;

      assert.equal(during, 1);
      assert.equal(getEventListeners(signal, "abort").length, 0);
    });
  }
}

test("An abort between the answer and the navigation keeps the page where it is", async (t) => {
  const controller = new AbortController();
  const reason = new Error("given up");
  const { endpoint } = await serve(t, good);
  const { visited } = openPage(t, { onAnswer: () => controller.abort(reason) });

  assert.equal(await rejection(openBillingPortal({ endpoint, getToken, signal: controller.signal })), reason);
  assert.deepEqual(visited, []);
});

test("An abort after the navigation has been started changes nothing", async (t) => {
  const controller = new AbortController();
  const { endpoint } = await serve(t, good);
  const { visited } = openPage(t);

  await openBillingPortal({ endpoint, getToken, signal: controller.signal });
  controller.abort();

  assert.deepEqual(visited, [SESSION]);
});
