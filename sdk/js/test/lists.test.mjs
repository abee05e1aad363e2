// Lists: what is asked for, one page when it is awaited, and everything when it is iterated over.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";

import { PorticoError, listInvoices, listPayments } from "../portico.js";
import { HISTORY, INVOICE, INVOICES, PAYMENT, json, openPage, rejection, serve } from "./harness.mjs";

const getToken = () => "a.b.c";

/** The two lists, with all in which they differ. */
const lists = [
  { list: listInvoices, path: INVOICES, name: "data", item: (number) => ({ ...INVOICE, id: `in_${number}` }) },
  { list: listPayments, path: HISTORY, name: "transactions", item: (number) => ({ ...PAYMENT, id: `ch_${number}` }) },
];

/**
 * A handler that has `items`, as Stripe lists them: pages of `limit` (10 without it) that begin after `starting_after`.
 * As with Portico, what is a draft is not shown, and yet is counted.
 */
function pages(name, items) {
  return (request, response) => {
    const { searchParams } = new URL(request.url, "http://localhost");
    const limit = Number(searchParams.get("limit") ?? 10);
    const begin = items.findIndex(({ id }) => id === searchParams.get("starting_after")) + 1;
    const page = items.slice(begin, begin + limit).filter(({ status }) => status !== "draft");
    json(200, { [name]: page, has_more: begin + limit < items.length })(request, response);
  };
}

/** `count` items, those with the numbers in `drafts` being drafts. */
function some(item, count, drafts = []) {
  return Array.from({ length: count }, (_, index) => ({
    ...item(index + 1),
    ...(drafts.includes(index + 1) && { status: "draft" }),
  }));
}

/** All that an iteration gives. */
async function all(iterable) {
  const items = [];
  for await (const item of iterable) {
    items.push(item);
  }
  return items;
}

for (const { list, path, name, item } of lists) {
  for (const [options, query] of [
    [{}, ""],
    [{ limit: undefined, startingAfter: undefined }, ""],
    [{ limit: 25 }, "?limit=25"],
    [{ startingAfter: "in_1" }, "?starting_after=in_1"],
    [{ limit: 1, startingAfter: "ch_1" }, "?limit=1&starting_after=ch_1"],
    // Portico judges them, and says what is wrong.
    [{ limit: 0 }, "?limit=0"],
    [{ limit: "x&y=z" }, "?limit=x%26y%3Dz"],
    [{ startingAfter: "" }, "?starting_after="],
    [{ startingAfter: "é #?" }, "?starting_after=%C3%A9+%23%3F"],
    [{ startingAfter: null }, "?starting_after=null"],
  ]) {
    test(`${list.name} asks for ${JSON.stringify(options)} as "${query}"`, async (t) => {
      const { endpoint, requests } = await serve(t, json(200, { [name]: [], has_more: false }));
      openPage(t);

      await list({ endpoint, getToken, ...options });

      assert.deepEqual(
        requests.map(({ url }) => url),
        [path + query],
      );
    });
  }

  test(`${list.name} rejects rather than throws when a limit cannot be sent`, async (t) => {
    openPage(t);

    assert.ok((await rejection(list({ endpoint: "", getToken, limit: 10n }))) instanceof TypeError);
  });

  test(`${list.name} gives one page when it is awaited, with all that Portico says of it`, async (t) => {
    const page = { [name]: some(item, 2), has_more: true, later: 1 };
    const { endpoint, requests } = await serve(t, json(200, page));
    openPage(t);

    assert.deepEqual(await list({ endpoint, getToken, limit: 2 }), page);

    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(requests.length, 1);
  });

  test(`${list.name} gives the empty page of a user without a customer`, async (t) => {
    const { endpoint } = await serve(t, json(200, { [name]: [], has_more: false }));
    openPage(t);

    assert.deepEqual(await list({ endpoint, getToken }), { [name]: [], has_more: false });
    assert.deepEqual(await all(list({ endpoint, getToken })), []);
  });

  test(`${list.name} keeps links that are null, and members of a later version`, async (t) => {
    const bare = { ...item(1), hosted_invoice_url: null, invoice_pdf: null, receipt_url: null, later: { a: 1 } };
    const { endpoint } = await serve(t, json(200, { [name]: [bare], has_more: false }));
    openPage(t);

    assert.deepEqual((await list({ endpoint, getToken }))[name], [bare]);
  });

  test(`${list.name} is a promise like any other`, async (t) => {
    const { endpoint } = await serve(t, json(200, { [name]: some(item, 1), has_more: false }));
    openPage(t);
    const promise = list({ endpoint, getToken });
    let ended = false;

    assert.ok(promise instanceof Promise);
    const page = await promise.then((page) => page[name]).finally(() => (ended = true));

    assert.deepEqual(page, some(item, 1));
    assert.equal(ended, true);
  });

  test(`${list.name} gives everything when it is iterated over, page after page`, async (t) => {
    const items = some(item, 25);
    const { endpoint, requests } = await serve(t, pages(name, items));
    openPage(t);

    assert.deepEqual(await all(list({ endpoint, getToken })), items);

    assert.deepEqual(
      requests.map(({ url }) => url),
      [path, `${path}?starting_after=${items[9].id}`, `${path}?starting_after=${items[19].id}`],
    );
  });

  test(`${list.name} iterates in pages of the length and from the place that it is told`, async (t) => {
    const items = some(item, 7);
    const { endpoint, requests } = await serve(t, pages(name, items));
    openPage(t);

    const got = await all(list({ endpoint, getToken, limit: 3, startingAfter: items[0].id }));

    assert.deepEqual(got, items.slice(1));
    assert.deepEqual(
      requests.map(({ url }) => new URL(url, endpoint).search),
      [`?limit=3&starting_after=${items[0].id}`, `?limit=3&starting_after=${items[3].id}`],
    );
  });

  test(`${list.name} asks for no page before it is needed, and for none after a break`, async (t) => {
    const { endpoint, requests } = await serve(t, pages(name, some(item, 9)));
    openPage(t);
    const seen = [];

    for await (const { id } of list({ endpoint, getToken, limit: 3 })) {
      seen.push([id, requests.length]);
      if (seen.length === 4) break;
    }

    assert.deepEqual(
      seen,
      [1, 2, 3, 4].map((number) => [item(number).id, number > 3 ? 2 : 1]),
    );
    assert.equal(requests.length, 2);
  });

  test(`${list.name} asks once for a first page that is both awaited and iterated over`, async (t) => {
    const items = some(item, 5);
    const { endpoint, requests } = await serve(t, pages(name, items));
    openPage(t);
    const listing = list({ endpoint, getToken, limit: 3 });

    const first = await listing;
    assert.deepEqual(first[name], items.slice(0, 3));
    assert.deepEqual(await all(listing), items);

    assert.equal(requests.length, 2);
    // A second iteration begins where the first one did.
    assert.deepEqual(await all(listing), items);
  });

  test(`${list.name} asks for a token for each page`, async (t) => {
    const { endpoint, requests } = await serve(t, pages(name, some(item, 3)));
    openPage(t);
    let tokens = 0;

    await all(list({ endpoint, getToken: () => `token-${++tokens}`, limit: 1 }));

    assert.deepEqual(
      requests.map(({ headers }) => headers.authorization),
      ["Bearer token-1", "Bearer token-2", "Bearer token-3"],
    );
  });

  test(`${list.name} tells of a page that fails, after those that came`, async (t) => {
    const items = some(item, 5);
    const good = pages(name, items);
    const refusal = { error: "rate_limited", message: "m", request_id: "id" };
    const { endpoint, requests } = await serve(t, (request, response) => {
      const handler = requests.length > 1 ? json(429, refusal, { "Retry-After": "7" }) : good;
      handler(request, response);
    });
    openPage(t);
    const seen = [];

    const error = await rejection(
      (async () => {
        for await (const { id } of list({ endpoint, getToken, limit: 2 })) seen.push(id);
      })(),
    );

    assert.ok(error instanceof PorticoError);
    assert.equal(error.code, "rate_limited");
    assert.equal(error.retryAfter, 7);
    assert.deepEqual(seen, [items[0].id, items[1].id]);
    assert.equal(requests.length, 2);
    // From where it ended, it can be gone on with.
    const { endpoint: healed } = await serve(t, good);
    const rest = await all(list({ endpoint: healed, getToken, startingAfter: seen.at(-1) }));
    assert.deepEqual(rest, items.slice(2));
  });

  test(`${list.name} tells of a first page that fails when it is iterated over`, async (t) => {
    const { endpoint } = await serve(t, json(500, { error: "stripe_rejected", message: "m", request_id: "id" }));
    openPage(t);

    const error = await rejection(all(list({ endpoint, getToken })));

    assert.equal(error.code, "stripe_rejected");
  });

  test(`${list.name} gives nothing more after an abort, although it has it`, async (t) => {
    const { endpoint, requests } = await serve(t, pages(name, some(item, 6)));
    openPage(t);
    const controller = new AbortController();
    const reason = new Error("given up");
    const seen = [];

    const error = await rejection(
      (async () => {
        for await (const { id } of list({ endpoint, getToken, limit: 3, signal: controller.signal })) {
          seen.push(id);
          if (seen.length === 2) controller.abort(reason);
        }
      })(),
    );

    assert.equal(error, reason);
    assert.deepEqual(seen, [item(1).id, item(2).id]);
    assert.equal(requests.length, 1);
  });

  test(`${list.name} breaks off a later page that is aborted`, async (t) => {
    const controller = new AbortController();
    const reason = new Error("given up");
    const good = pages(name, some(item, 6));
    const { endpoint, requests } = await serve(t, (request, response) => {
      if (requests.length > 1) controller.abort(reason);
      else good(request, response);
    });
    openPage(t);

    const error = await rejection(all(list({ endpoint, getToken, limit: 3, signal: controller.signal })));

    assert.equal(error, reason);
    assert.equal(requests.length, 2);
    await null;
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  });
}

for (const [drafts, limit, queries] of [
  // The page is shorter than it could be, and there is a last one to go on from.
  [[2, 3], 3, ["?limit=3", "?limit=3&starting_after=in_1", "?limit=3&starting_after=in_4"]],
  // The first page is all drafts, and nothing on it tells where it ends.
  [[1, 2], 2, ["?limit=2", "?limit=100"]],
  [[1], 1, ["?limit=1", "?limit=100"]],
  // A later page is.
  [[3, 4], 2, ["?limit=2", "?limit=2&starting_after=in_2", "?limit=100&starting_after=in_2"]],
]) {
  test(`Invoices behind the drafts ${drafts} are found in pages of ${limit}`, async (t) => {
    const items = some(lists[0].item, 6, drafts);
    const { endpoint, requests } = await serve(t, pages("data", items));
    openPage(t);

    const got = await all(listInvoices({ endpoint, getToken, limit }));

    assert.deepEqual(got, items.filter(({ status }) => status !== "draft"));
    assert.deepEqual(
      requests.map(({ url }) => new URL(url, endpoint).search),
      queries,
    );
  });
}

test("Invoices behind more drafts than the longest page has are not passed over in silence", async (t) => {
  const drafts = Array.from({ length: 110 }, (_, index) => index + 1);
  const { endpoint, requests } = await serve(t, pages("data", some(lists[0].item, 111, drafts)));
  openPage(t);

  const error = await rejection(all(listInvoices({ endpoint, getToken })));

  assert.ok(error instanceof PorticoError);
  assert.equal(error.code, "invalid_answer");
  assert.match(error.message, /items that remain/);
  assert.equal(requests.length, 2);
});
