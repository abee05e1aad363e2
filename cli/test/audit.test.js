/** `portico audit`, against a small server that is Stripe and Portico. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { digest } from "../src/user.js";
import { Desk } from "./tools/run.js";
import { Server, WEBHOOK } from "./tools/server.js";

/** @import { TestContext } from "node:test" */

/** @param {TestContext} t */
async function set(t) {
  const server = await new Server().start();
  t.after(() => server.stop());
  const desk = new Desk(t);
  /** @param {string[]} options */
  const run = (...options) =>
    desk.run(["audit", "--api-base", server.address, "--portico", server.address, "--rate", "1000", ...options]);
  return { server, desk, run, state: join(desk.folder, "portico-audit.json") };
}

/** Subscriptions as a customer has them. @param {string} id @param {string} [status] */
function subscribed(id, status = "active") {
  const price = { id: "price_pro", product: "prod_pro", lookup_key: "pro_monthly", metadata: {} };
  const subscription = { id, status, metadata: {}, items: { data: [{ price }], has_more: false } };
  return { subscriptions: { data: [subscription], has_more: false } };
}

test("an audit says of each customer what came of it, as a table and as CSV", async (t) => {
  const { server, desk, run, state } = await set(t);
  server.addCustomer("cus_1", "user-1", subscribed("sub_1"));
  server.addCustomer("cus_2", "user-2");
  server.addCustomer("cus_3", undefined);
  server.addCustomer("cus_4", "somebody@example.com", subscribed("sub_4", "unpaid"));
  server.addCustomer("cus_5", "user-5");
  server.outcome = (id) => ({ cus_3: "unlinked", cus_4: "conflict" })[id] ?? "synced";
  server.on("POST", WEBHOOK, ({ body }) => (body.includes('"cus_5"') ? { status: 500, body: { error: "store_unavailable" } } : undefined));
  desk.env.SPIN_VARIABLE_PLANS = "pro=pro_monthly";
  const ended = await run("--csv", "audit.csv", "--env", "--attempts", "1");
  assert.equal(ended.code, 3, JSON.stringify(ended));
  assert.equal(
    ended.output,
    [
      "outcome   customers",
      "synced            2",
      "changed           0",
      "unlinked          1",
      "conflict          1",
      "failed            1",
      "",
      "unlinked (no user is known for them):",
      "customer  user  plan",
      "cus_3     -     free",
      "",
      "conflict (their user has another customer that pays):",
      "customer  user          plan",
      `cus_4     ${digest("somebody@example.com")}  free`,
      "",
      "failed (Portico could not be told of them):",
      "customer  user          plan",
      `cus_5     ${digest("user-5")}  free`,
      "",
    ].join("\n"),
  );
  assert.match(ended.errors, /cus_5: Portico answered 500 store_unavailable/);
  assert.equal(
    desk.read("audit.csv"),
    [
      "customer,outcome,user,plan,pays",
      `cus_1,synced,${digest("user-1")},pro,yes`,
      `cus_2,synced,${digest("user-2")},free,no`,
      "cus_3,unlinked,,free,no",
      `cus_4,conflict,${digest("somebody@example.com")},free,no`,
      `cus_5,failed,${digest("user-5")},free,no`,
      "",
    ].join("\n"),
  );
  assert.ok(existsSync(state), "the failed customer is due once more");
});

test("a customer whose user or plan was another at an earlier audit is changed", async (t) => {
  const { server, run } = await set(t);
  for (const id of ["cus_1", "cus_2", "cus_3"]) server.addCustomer(id, id);
  const first = await run("--csv", "first.csv");
  assert.equal(first.code, 0, JSON.stringify(first));
  Object.assign(server.customer("cus_2"), subscribed("sub_2"));
  server.customer("cus_3").metadata.user_id = "another";
  server.addCustomer("cus_4", "new");
  const ended = await run("--since", "first.csv", "--csv", "second.csv");
  assert.equal(ended.code, 0, JSON.stringify(ended));
  assert.match(ended.output, /^synced +1\nchanged +3\n/m);
  assert.match((await run("--since", "second.csv")).output, /^synced +4\nchanged +0\n/m);
  const missing = await run("--since", "missing.csv");
  assert.equal(missing.code, 1);
  assert.match(missing.errors, /cannot read missing\.csv: ENOENT/);
  const unwritable = await run("--csv", "no/such/folder.csv");
  assert.equal(unwritable.code, 1);
  assert.match(unwritable.errors, /^portico: ENOENT: .*no\/such\/folder\.csv/m);
});

test("users with two customers that both pay are found", async (t) => {
  const { server, run } = await set(t);
  server.addCustomer("cus_1", "twice", subscribed("sub_1"));
  server.addCustomer("cus_2", "twice", subscribed("sub_2", "past_due"));
  server.addCustomer("cus_3", "twice", subscribed("sub_3", "canceled"));
  server.addCustomer("cus_4", "once", subscribed("sub_4"));
  const ended = await run();
  assert.equal(ended.code, 3, JSON.stringify(ended));
  assert.match(ended.output, new RegExp(`users with several customers that pay:\nuser +customers\n${digest("twice")}  cus_2 \\(paid\\), cus_1 \\(paid\\)\n$`));
});

test("the customers of a file alone are rung for, deleted ones among them", async (t) => {
  const { server, desk, run } = await set(t);
  for (const id of ["cus_1", "cus_2", "cus_3"]) server.addCustomer(id, "user");
  server.on("GET", "/v1/customers/cus_2", () => ({ status: 200, body: { id: "cus_2", object: "customer", deleted: true } }));
  const ended = await run("--customers", desk.file("some.csv", "user,customer\nx,cus_1\ny,cus_2\nz,cus_9\n"));
  assert.equal(ended.code, 3, JSON.stringify(ended));
  assert.match(ended.output, /^synced +2$/m);
  assert.match(ended.output, /^failed +1$/m);
  assert.match(ended.errors, /cus_9: Stripe has no such customer/);
  assert.deepEqual(server.rung(), ["cus_1", "cus_2"]);
  assert.equal(server.received("GET", "/v1/customers").length, 0);
  assert.equal((await run("--restart", "--customers", desk.file("ids", "cus_3\n"))).code, 0);
  assert.equal((await run("--restart", "--customers", desk.file("wrong", "cus_3\nsub_1\n"))).code, 1);
});

test("an audit that is killed goes on where it stopped", async (t) => {
  const { server, desk, run } = await set(t);
  for (let number = 0; number < 150; number += 1) server.addCustomer(`cus_${String(number).padStart(3, "0")}`, `user-${number}`);
  server.on("POST", WEBHOOK, ({ body }) => (body.includes('"cus_049"') ? "never" : undefined));
  const running = desk.start(["audit", "--api-base", server.address, "--portico", server.address, "--rate", "1000"]);
  await server.waitFor(({ path, body }) => path === WEBHOOK && body.includes('"cus_049"'));
  running.child.kill("SIGKILL");
  await running.ended;
  server.on("POST", WEBHOOK, () => undefined);
  server.requests = [];
  const ended = await run();
  assert.equal(ended.code, 0, JSON.stringify(ended));
  assert.match(ended.output, /^synced +150$/m);
  assert.deepEqual(server.rung(), server.ids().slice(0, 50));
});

test("a Portico that does not say the outcome cannot be audited", async (t) => {
  const { server, run } = await set(t);
  server.addCustomer("cus_1", "user");
  server.outcome = () => undefined;
  const ended = await run();
  assert.equal(ended.code, 1, JSON.stringify(ended));
  assert.match(ended.errors, /does not say the outcome/);
});
