/** `portico show`, against a small server that is Stripe and Portico. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import { digest } from "../src/user.js";
import { Desk } from "./tools/run.js";
import { Server } from "./tools/server.js";

/** @import { TestContext } from "node:test" */

const SHARED = "0123456789abcdef0123456789abcdef";

/** @param {TestContext} t */
async function set(t) {
  const server = await new Server().start();
  t.after(() => server.stop());
  const desk = new Desk(t);
  desk.env = {
    STRIPE_API_KEY: desk.env.STRIPE_API_KEY ?? "",
    SPIN_VARIABLE_PLANS: "team=prod_team, pro=pro_monthly",
    SPIN_VARIABLE_JWT_ISSUER: "https://issuer.example.net",
    SPIN_VARIABLE_JWT_AUDIENCE: "portico",
    SPIN_VARIABLE_JWT_HS256_SECRET: SHARED,
  };
  server.on("GET", "/v1/customers/search", ({ query }) => {
    const user = /^metadata\['user_id'\]:'(.*)'$/.exec(query.get("query") ?? "")?.[1]?.replaceAll("\\'", "'");
    // Stripe's search does not tell upper case from lower case.
    const data = server.customers.filter(({ metadata }) => metadata.user_id?.toLowerCase() === user?.toLowerCase());
    return { status: 200, body: { object: "search_result", url: "/v1/customers/search", data, has_more: false } };
  });
  /** @param {string[]} args */
  const show = (...args) => desk.run(["show", "--api-base", server.address, "--env", ...args]);
  return { server, desk, show };
}

/** @param {string} id @param {string} [status] @param {object} [members] */
function subscribed(id, status = "active", members = {}) {
  const price = { id: "price_pro", product: "prod_pro", lookup_key: "pro_monthly", metadata: {}, ...members };
  return {
    subscriptions: {
      data: [{ id, status, metadata: {}, items: { data: [{ price }], has_more: false } }],
      has_more: false,
    },
  };
}

/** @param {object} claims */
function token(claims) {
  const part = /** @param {object} value */ (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const all = {
    iss: "https://issuer.example.net",
    aud: "portico",
    sub: "user-1",
    exp: Math.floor(Date.now() / 1000) + 600,
    ...claims,
  };
  const input = `${part({ alg: "HS256" })}.${part(all)}`;
  return `${input}.${createHmac("sha256", SHARED).update(input).digest("base64url")}`;
}

test("a customer is shown with its user, its subscriptions, its plan and the rule that gives it", async (t) => {
  const { server, show } = await set(t);
  server.addCustomer("cus_1", "user-1", subscribed("sub_1"));
  const ended = await show("cus_1");
  assert.equal(ended.code, 0, JSON.stringify(ended));
  assert.equal(
    ended.output,
    [
      "customer      cus_1 (test mode, since 2023-11-14)",
      "user          user-1, by the customer's metadata[user_id]",
      "subscription  sub_1 is active: price_pro of prod_pro, lookup key pro_monthly",
      "plan          pro: pro=pro_monthly fits price_pro of sub_1",
      "",
      `A synchronisation gives the user (${digest("user-1")} in the log) the record {"stripe_customer_id":"cus_1","plan":"pro","livemode":false}.`,
      "",
    ].join("\n"),
  );
  assert.equal((await show("user-1")).output, ended.output, "the user leads to the same");
});

test("why a plan is not given is said", async (t) => {
  const { server, show } = await set(t);
  server.addCustomer("cus_1", "user-1", subscribed("sub_1", "unpaid"));
  server.addCustomer("cus_2", "user-2", subscribed("sub_2", "active", { id: "price_old", lookup_key: null }));
  server.addCustomer("cus_3", "user-3");
  assert.match(
    (await show("cus_1")).output,
    /plan +free: sub_1 is unpaid, and only active, trialing, past_due give a plan/,
  );
  assert.match((await show("cus_2")).output, /plan +free: no plan of `plans` fits price_old/);
  assert.match((await show("cus_3")).output, /plan +free: the customer has no subscription/);
});

test("customers that nobody can have are told apart", async (t) => {
  const { server, show } = await set(t);
  server.addCustomer("cus_1", undefined);
  server.on("GET", "/v1/customers/cus_2", () => ({
    status: 200,
    body: { id: "cus_2", object: "customer", deleted: true },
  }));
  assert.match((await show("cus_1")).output, /nothing at Stripe names one[^]*an event of cus_1 is `unlinked`/);
  assert.match((await show("cus_2")).output, /^cus_2 was deleted at Stripe/);
  assert.match((await show("cus_3")).output, /^Stripe has no cus_3 in the account and the mode \(test\)/);
  assert.match((await show("nobody")).output, /finds no customer with metadata\[user_id\] nobody/);
});

test("of several customers the one that counts comes first, and those that pay are named", async (t) => {
  const { server, show } = await set(t);
  server.addCustomer("cus_1", "o'brien", subscribed("sub_1"));
  server.addCustomer("cus_2", "o'brien", subscribed("sub_2"));
  server.addCustomer("cus_3", "o'brien");
  server.addCustomer("cus_4", "O'BRIEN");
  const { output } = await show("o'brien");
  assert.match(output, /^customer +cus_2 /);
  assert.match(
    output,
    /Of the user's 3 customers cus_2 counts: it has an entitled subscription\.\nSeveral of them pay: cus_2, cus_1\./,
  );
});

test("an e-mail address is not shown", async (t) => {
  const { server, show } = await set(t);
  server.addCustomer("cus_1", "jenny.rosen@example.com");
  const { output } = await show("cus_1");
  assert.match(output, new RegExp(`^user +${digest("jenny.rosen@example.com")} in the log`, "m"));
});

test("why a token's user would or would not see the customer is said, and what Portico answers", async (t) => {
  const { server, desk, show } = await set(t);
  server.addCustomer("cus_1", "user-1", subscribed("sub_1"));
  // A token has the time in it, so the good one is made once.
  const good = token({});
  server.on("GET", "/api/v1/account/balance", ({ headers }) =>
    headers.authorization === `Bearer ${good}`
      ? { status: 200, body: { plan: "free", portal_available: false } }
      : { status: 401, body: { error: "unauthorized" } },
  );
  for (const [claims, words] of /** @type {[object, RegExp][]} */ ([
    [
      {},
      /The token's user sees cus_1, if the record is current\.\nPortico answers now: plan free, the portal is not available\.\nThat is not what Stripe gives \(plan pro\)/,
    ],
    [{ sub: "user-2" }, /does not see cus_1: the token names user-2, and Stripe user-1/],
    [
      { iss: "https://issuer.example.net/" },
      /BAD +iss .*they differ in the slash at the end\n[^]*does not see cus_1: Portico answers 401[^]*Portico refuses the token now: 401 unauthorized/,
    ],
  ])) {
    const sent = Object.keys(claims).length === 0 ? good : token(claims);
    const file = desk.file("token", `${sent}\n`);
    const { output } = await show("cus_1", "--token", file, "--portico", server.address);
    assert.match(output, words);
    assert.ok(!output.includes(token(claims)));
  }
  const { output } = await desk.run(
    ["show", "cus_1", "--api-base", server.address, "--env", "--token", "-"],
    token({}),
  );
  assert.match(output, /The token's user sees cus_1/);
});

test("a token on the command line is refused and not shown", async (t) => {
  const { show } = await set(t);
  const ended = await show("cus_1", "--token", token({}));
  assert.equal(ended.code, 1, JSON.stringify(ended));
  assert.match(ended.errors, /--token takes the name of a file/);
  assert.ok(!ended.errors.includes(token({}).slice(0, 20)));
});
