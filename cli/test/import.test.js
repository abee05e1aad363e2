/** `portico import`, against a small server that is Stripe and Portico. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { digest } from "../src/user.js";
import { Desk, LIVE_KEY, TEST_KEY } from "./tools/run.js";
import { Server, WEBHOOK } from "./tools/server.js";

/** @import { TestContext } from "node:test" */

/** @param {TestContext} t */
async function set(t) {
  const server = await new Server().start();
  t.after(() => server.stop());
  const desk = new Desk(t);
  /** @param {string[]} options */
  const args = (options) => {
    const rate = options.includes("--rate") ? [] : ["--rate", "1000"];
    return ["import", "--api-base", server.address, "--portico", server.address, ...rate, ...options];
  };
  return {
    server,
    desk,
    args,
    /** @param {string[]} options */
    run: (...options) => desk.run(args(options)),
    state: join(desk.folder, "portico-import.json"),
  };
}

/** @param {number} count @param {(number: number) => string | undefined} user @param {Server} server */
function fill(server, count, user = () => "user") {
  for (let number = 0; number < count; number += 1) {
    server.addCustomer(`cus_${String(number).padStart(3, "0")}`, user(number));
  }
}

test("every customer is rung for, and those without a user are listed", async (t) => {
  const { server, run, state } = await set(t);
  // Every tenth has no user.
  fill(server, 230, (number) => (number % 10 === 0 ? undefined : `user-${number}`));
  const ended = await run();
  assert.equal(ended.code, 0, JSON.stringify(ended));
  const unlinked = server.ids().filter((_, number) => number % 10 === 0);
  assert.equal(
    ended.output,
    `synced: 207\nunlinked: 23\nfailed: 0\n\nunlinked customers:\n${unlinked.join("\n")}\n`,
  );
  assert.deepEqual(server.rung(), server.ids());
  const pages = server.received("GET", "/v1/customers").map(({ query }) => query.get("starting_after"));
  assert.deepEqual(pages, [null, "cus_130", "cus_030"]);
  assert.ok(!existsSync(state));
  assert.match(ended.errors, /200 customers: 180 synced, 20 unlinked, 0 failed/);
});

test("Portico's own word counts, and Stripe's where it says none", async (t) => {
  const { server, run } = await set(t);
  server.addCustomer("cus_1", undefined);
  server.addCustomer("cus_2", "user");
  server.addCustomer("cus_3", "user");
  server.outcome = (id) => ({ cus_1: "synced", cus_3: "conflict" })[id];
  const ended = await run();
  assert.equal(
    ended.output,
    "synced: 2\nunlinked: 0\nconflict: 1\nfailed: 0\n\nconflict customers:\ncus_3\n",
    ended.errors,
  );
});

test("the mode of the event is that of the key", async (t) => {
  const { server, run, desk } = await set(t);
  server.addCustomer("cus_1", "user-1");
  for (const [key, live] of /** @type {const} */ ([[TEST_KEY, false], [LIVE_KEY, true]])) {
    server.requests = [];
    desk.env = { ...desk.env, STRIPE_API_KEY: key };
    const ended = await run();
    assert.equal(ended.code, 0, JSON.stringify(ended));
    const event = JSON.parse(server.received("POST", WEBHOOK)[0]?.body ?? "");
    assert.deepEqual(event, {
      id: "evt_import_1",
      object: "event",
      type: "customer.updated",
      livemode: live,
      data: { object: { id: "cus_1", object: "customer" } },
    });
    assert.equal(server.received("GET", "/v1/customers")[0]?.headers.authorization, `Bearer ${key}`);
  }
});

test("a subscription names the user, also where it is not among the first", async (t) => {
  const { server, run } = await set(t);
  const items = { data: [], has_more: false };
  const subscription = { id: "sub_1", status: "active", metadata: {}, items };
  server.addCustomer("cus_1", undefined, { subscriptions: { data: [subscription], has_more: true } });
  server.on("GET", "/v1/subscriptions", () => {
    const data = [{ ...subscription, metadata: { user_id: "user-1" } }];
    return { status: 200, body: { object: "list", url: "/v1/subscriptions", data, has_more: false } };
  });
  server.outcome = () => undefined;
  const ended = await run();
  assert.match(ended.output, /^synced: 1\nunlinked: 0\n/, ended.errors);
});

test("a run that is killed goes on where it stopped", async (t) => {
  const { server, desk, args, run } = await set(t);
  fill(server, 250);
  // The second page's first customer is never answered for, so that the run is killed on that page.
  server.on("POST", WEBHOOK, ({ body }) => (body.includes('"cus_149"') ? "never" : undefined));
  const running = desk.start(args([]));
  await server.waitFor(({ path, body }) => path === WEBHOOK && body.includes('"cus_149"'));
  running.child.kill("SIGKILL");
  await running.ended;
  server.on("POST", WEBHOOK, () => undefined);
  server.requests = [];

  const ended = await run();
  assert.equal(ended.code, 0, JSON.stringify(ended));
  assert.equal(ended.output, "synced: 250\nunlinked: 0\nfailed: 0\n");
  assert.equal(server.received("GET", "/v1/customers")[0]?.query.get("starting_after"), "cus_150");
  assert.deepEqual(server.rung(), server.ids().filter((id) => id < "cus_150"));
});

test("a restart begins anew, and a file that is something else is left alone", async (t) => {
  const { server, desk, run } = await set(t);
  server.addCustomer("cus_1", "user-1");
  for (const text of ["", "[]\n", "{}\n", '{"broken":', '{"run":{"portico":"https://other.example.com"}}\n']) {
    desk.file("portico-import.json", text);
    const ended = await run();
    assert.equal(ended.code, 1, JSON.stringify(ended));
    assert.equal(desk.read("portico-import.json"), text);
  }
  assert.deepEqual(server.rung(), []);
  const ended = await run("--restart");
  assert.equal(ended.code, 0, JSON.stringify(ended));
  assert.deepEqual(server.rung(), server.ids());
});

test("a failure that passes is tried again", async (t) => {
  const { server, run } = await set(t);
  server.addCustomer("cus_1", "user-1");
  server.on("POST", WEBHOOK, (_, earlier) =>
    earlier === 0 ? { status: 500, body: { error: "store_unavailable" } } : earlier === 1 ? "closed" : undefined,
  );
  server.on("GET", "/v1/customers", (_, earlier) =>
    earlier === 0
      ? { status: 429, body: { error: { code: "rate_limit" } }, headers: { "Retry-After": "1" } }
      : earlier === 1
        ? { status: 503, body: {} }
        : undefined,
  );
  const begun = performance.now();
  const ended = await run("--attempts", "3");
  assert.equal(ended.code, 0, JSON.stringify(ended));
  assert.equal(ended.output, "synced: 1\nunlinked: 0\nfailed: 0\n");
  // Half a second and a second for Portico, a second for the limit and half a second for Stripe.
  assert.ok(performance.now() - begun > 2900);
  // Each attempt is signed for its own time, which the server checks, under one identifier.
  const events = server.received("POST", WEBHOOK);
  assert.equal(events.length, 3);
  assert.ok(events.every(({ body }) => body === events[0]?.body));
});

test("a customer that fails is listed, and tried again by the next run", async (t) => {
  const { server, run, state } = await set(t);
  for (const id of ["cus_1", "cus_2", "cus_3"]) server.addCustomer(id, "user");
  server.on("POST", WEBHOOK, ({ body }) =>
    body.includes('"cus_2"') ? { status: 500, body: { error: "stripe_unavailable" } } : undefined,
  );
  const failed = await run("--attempts", "2");
  assert.equal(failed.code, 3, JSON.stringify(failed));
  assert.equal(failed.output, "synced: 2\nunlinked: 0\nfailed: 1\n\nfailed customers:\ncus_2\n");
  assert.match(failed.errors, /cus_2: Portico answered 500 stripe_unavailable/);
  assert.ok(existsSync(state));

  server.on("POST", WEBHOOK, () => undefined);
  server.requests = [];
  const ended = await run();
  assert.equal(ended.code, 0, JSON.stringify(ended));
  assert.equal(ended.output, "synced: 3\nunlinked: 0\nfailed: 0\n");
  assert.deepEqual(server.rung(), ["cus_2"]);
  assert.ok(!existsSync(state));
});

test("a run stops where every customer would fail alike", async (t) => {
  const cases = /** @type {const} */ ([
    [{ status: 400, body: { error: "invalid_signature" } }, /STRIPE_WEBHOOK_SECRET/],
    [{ status: 404, body: { error: "not_found" } }, /stripe_webhook_secrets/],
    [{ status: 200, body: "<html>" }, /is the address right\?/],
    [{ status: 200, body: { received: true, outcome: "ignored_mode" } }, /the other mode/],
    [{ status: 200, body: { received: true, outcome: "else" } }, /outcome 200 else/],
    [{ status: 301, body: {}, headers: { location: "https://example.com" } }, /is the address right\?/],
  ]);
  for (const [reply, words] of cases) {
    const { server, run } = await set(t);
    fill(server, 100);
    server.on("POST", WEBHOOK, () => reply);
    const ended = await run();
    assert.equal(ended.code, 1, JSON.stringify(ended));
    assert.match(ended.errors, words);
    // Those that were under way at a time.
    assert.ok(server.rung().length <= 16, server.rung().join());
  }
});

test("a page on which Portico fails for everybody ends the run, and begins anew", async (t) => {
  const { server, run } = await set(t);
  fill(server, 30);
  server.on("POST", WEBHOOK, () => ({ status: 503, body: {} }));
  const ended = await run("--attempts", "1");
  assert.equal(ended.code, 1, JSON.stringify(ended));
  assert.match(ended.errors, /Portico failed for all 30 customers of a page/);
  server.on("POST", WEBHOOK, () => undefined);
  assert.equal((await run()).output, "synced: 30\nunlinked: 0\nfailed: 0\n");
});

test("a key that Stripe refuses ends the run and is not shown", async (t) => {
  const { server, run } = await set(t);
  const message = `Invalid API Key provided: ${TEST_KEY}`;
  for (const [status, words] of /** @type {const} */ ([
    [401, /STRIPE_API_KEY is not valid/],
    [403, /the key lacks the permission rak_customer_read/],
  ])) {
    const permission = `${message} Having the 'rak_customer_read' permission would allow this request to continue.`;
    server.on("GET", "/v1/customers", () => ({ status, body: { error: { message: permission } } }));
    const ended = await run();
    assert.equal(ended.code, 1, JSON.stringify(ended));
    assert.match(ended.errors, words);
  }
});

test("a rate is not exceeded", async (t) => {
  const { server, run } = await set(t);
  fill(server, 10);
  const begun = performance.now();
  const ended = await run("--rate", "10");
  assert.equal(ended.code, 0, JSON.stringify(ended));
  // A page and ten customers: ten pauses at least. However slow the machine, it is never shorter.
  assert.ok(performance.now() - begun >= 990);
});

test("a dry run writes nothing and rings for nobody", async (t) => {
  const { server, desk, run, state } = await set(t);
  server.addCustomer("cus_1", "user-1");
  server.addCustomer("cus_2", undefined);
  desk.env = { STRIPE_API_KEY: TEST_KEY };
  const ended = await run("--dry-run", "--map", desk.file("users.csv", "user-2,cus_2\n"));
  assert.equal(ended.code, 0, JSON.stringify(ended));
  assert.match(ended.output, /^dry run: .*\nsynced: 1\nunlinked: 1\n/);
  assert.match(ended.errors, /1 to write/);
  assert.doesNotMatch(ended.output, /several/);
  server.addCustomer("cus_3", "user-1");
  assert.match((await run("--dry-run")).output, new RegExp(`\n\nusers with several customers:\n${digest("user-1")}: cus_1, cus_3\n$`));
  assert.ok(server.requests.every(({ method }) => method === "GET"));
  assert.ok(!existsSync(state));
});

test("a map is written before anybody is rung for", async (t) => {
  const { server, desk, run } = await set(t);
  server.addCustomer("cus_1", undefined);
  server.addCustomer("cus_2", "user-2");
  const map = desk.file("users.csv", 'user,customer\n"a,b&c=d",cus_1\nuser-2,cus_2\n');
  const ended = await run("--map", map);
  assert.equal(ended.code, 0, JSON.stringify(ended));
  assert.equal(ended.output, "synced: 2\nunlinked: 0\nfailed: 0\n");
  assert.equal(server.user("cus_1"), "a,b&c=d");
  const firstRing = server.requests.findIndex(({ path }) => path === WEBHOOK);
  const lastWrite = server.requests.findLastIndex(
    ({ method, path }) => method === "POST" && path.startsWith("/v1/customers/"),
  );
  assert.ok(lastWrite < firstRing);
  // The program does not write again the users that Stripe has already.
  assert.equal(server.received("POST", "/v1/customers/cus_2").length, 0);
  assert.ok(server.received("POST", "/v1/customers/cus_1")[0]?.headers["idempotency-key"]);
});

test("a map with a bad line writes nothing and names the line", async (t) => {
  const { server, desk, run } = await set(t);
  server.addCustomer("cus_1", undefined);
  server.addCustomer("cus_2", "somebody@example.com");
  for (const [text, words] of /** @type {const} */ ([
    ["user-1,cus_1\nuser-2\n", /users.csv: line 2: there must be two fields/],
    ["user-1,cus_1\n\nuser-9,cus_9\n", /users.csv: line 3: Stripe has no customer cus_9/],
    ["user,customer\nuser-1,cus_1\nuser-2,cus_2\n", /users.csv: line 3: cus_2 is another user's/],
  ])) {
    const ended = await run("--map", desk.file("users.csv", text));
    assert.equal(ended.code, 1, JSON.stringify(ended));
    assert.match(ended.errors, words);
    assert.ok(server.requests.every(({ method }) => method === "GET"));
  }
  const map = desk.file("users.csv", "user-2,cus_2\n");
  const ended = await run("--map", map, "--overwrite");
  assert.equal(ended.code, 0, JSON.stringify(ended));
  assert.equal(server.user("cus_2"), "user-2");
});

test("a map that comes midway reaches those that are done", async (t) => {
  const { server, desk, run } = await set(t);
  for (const id of ["cus_1", "cus_2", "cus_3"]) server.addCustomer(id, undefined);
  server.on("POST", WEBHOOK, ({ body }) => (body.includes('"cus_3"') ? { status: 500, body: {} } : undefined));
  const failed = await run("--attempts", "1");
  assert.equal(failed.code, 3, JSON.stringify(failed));
  assert.match(failed.output, /^synced: 0\nunlinked: 2\nfailed: 1\n/);

  server.on("POST", WEBHOOK, () => undefined);
  server.requests = [];
  const ended = await run("--map", desk.file("users.csv", "user-1,cus_1\n"));
  assert.equal(ended.code, 0, JSON.stringify(ended));
  assert.equal(ended.output, "synced: 1\nunlinked: 2\nfailed: 0\n\nunlinked customers:\ncus_2\ncus_3\n");
  assert.deepEqual(server.rung(), ["cus_1", "cus_3"]);
});

test("a secret that is missing in the environment, or is none, is named and not shown", async (t) => {
  const { desk, run } = await set(t);
  desk.env = { STRIPE_API_KEY: TEST_KEY };
  const without = await run();
  assert.equal(without.code, 1, JSON.stringify(without));
  assert.match(without.errors, /STRIPE_WEBHOOK_SECRET is not set/);
  for (const key of ["pk_test_1", "sk_live_", "sk_org_live_1", "sk_test_1 2", ""]) {
    desk.env = { STRIPE_API_KEY: key };
    const wrong = await run();
    assert.equal(wrong.code, 1, JSON.stringify(wrong));
    assert.match(wrong.errors, /STRIPE_API_KEY: it must be a key/);
  }
});

test("a command line that means nothing is not understood", async (t) => {
  const desk = new Desk(t);
  for (const line of [
    "import",
    "import --dry-run --overwrite",
    "import --dry-run --rate 0",
    "import --dry-run --rate 10001",
    "import --dry-run --attempts 0",
    "import --dry-run --user-metadata-key a[b]",
    "import --dry-run --api-base http://api.stripe.com",
    "import --portico billing.example.com",
    "import --portico https://user:password@example.com",
    "import --portico https://example.com/?a=b",
    "audit",
    "show",
    "nothing",
    "",
  ]) {
    const ended = await desk.run(line.split(" ").filter((word) => word !== ""));
    assert.equal(ended.code, 2, `${line} ${JSON.stringify(ended)}`);
  }
  const tooMany = await desk.run(["import", "--dry-run", "--rate", "101"]);
  assert.equal(tooMany.code, 1, JSON.stringify(tooMany));
  assert.match(tooMany.errors, /--rate is at most 100/);
});
