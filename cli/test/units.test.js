/** The functions that decide, by tables. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";

import { address } from "../src/address.js";
import { compared } from "../src/audit/run.js";
import { line, records } from "../src/csv.js";
import { Failure } from "../src/failure.js";
import { judge as judgeLine } from "../src/import/assignment.js";
import { parseMap } from "../src/import/map.js";
import { ownerOf } from "../src/owner.js";
import { Schedule } from "../src/pace.js";
import { parallel } from "../src/parallel.js";
import { fits, planOf, planRules } from "../src/plans.js";
import { judge as judgeAnswer } from "../src/portico/doorbell.js";
import { signature } from "../src/portico/event.js";
import { pause } from "../src/portico/retry.js";
import { ApiKey, WebhookSecret } from "../src/secrets.js";
import { preferred } from "../src/show/look.js";
import { Journal } from "../src/sweep/progress.js";
import { digest, isCustomerId, isUser } from "../src/user.js";

test("an address is https, or this machine", () => {
  for (const [text, url] of [
    ["https://billing.example.com", "https://billing.example.com"],
    ["https://example.com/billing/", "https://example.com/billing"],
    ["http://127.0.0.1:3000/", "http://127.0.0.1:3000"],
    ["http://localhost:3000", "http://localhost:3000"],
    ["http://[::1]:3000", "http://[::1]:3000"],
  ]) {
    assert.equal(address(String(text)), url);
  }
  for (const text of [
    "",
    "billing.example.com",
    "/billing",
    "ftp://example.com",
    "http://billing.example.com",
    "http://127.0.0.1.example.com",
    "https://user:password@example.com",
    "https://example.com/?a=b",
    "https://example.com/#a",
  ]) {
    assert.throws(() => address(text), text);
  }
});

test("a secret tells its mode and shows nothing else", () => {
  for (const [text, live, restricted] of /** @type {[string, boolean, boolean][]} */ ([
    ["sk_live_1", true, false],
    ["rk_live_1", true, true],
    ["sk_test_1", false, false],
    [" rk_test_1\n", false, true],
  ])) {
    const key = new ApiKey(text);
    assert.deepEqual([key.live, key.restricted, key.expose()], [live, restricted, text.trim()]);
    for (const shown of [`${key}`, JSON.stringify({ key }), inspect(key)]) assert.ok(!shown.includes(text.trim()), shown);
  }
  for (const text of ["", "whsec_", "abc", "whsec_a,whsec_b", "whsec_a whsec_b"]) {
    assert.throws(() => new WebhookSecret(text), text);
  }
  assert.equal(new WebhookSecret("whsec_abc+/=").expose(), "whsec_abc+/=");
});

test("users and customers have identifiers that can stand anywhere", () => {
  assert.ok(isCustomerId("cus_NffrFeUfNV2Hib"));
  for (const text of ["", "cus_", "sub_1", "cus_1/..", "cus_1?x", "cus_1 ", "cus_ä", undefined]) assert.ok(!isCustomerId(text));
  for (const text of ["u", "auth0|x y@example.com:ü", "x".repeat(255)]) assert.ok(isUser(text));
  for (const text of ["", "a\nb", "a\0", "a\u007f", "a\u0085", "ü".repeat(128), undefined]) assert.ok(!isUser(text));
  assert.equal(digest("user_1"), "79b0aa0042b3");
});

test("a header is optional and chooses the order of a map", () => {
  /** @param {string} text */
  const lines = (text) => {
    const { lines, bad } = parseMap(Buffer.from(text));
    assert.deepEqual(bad, []);
    return lines.map(({ number, user, customer }) => [number, user, customer]);
  };
  const at = /** @param {number} first */ (first) => [
    [first, "user-1", "cus_1"],
    [first + 1, "user-2", "cus_2"],
  ];
  assert.deepEqual(lines("user-1,cus_1\nuser-2,cus_2\n"), at(1));
  assert.deepEqual(lines("user,customer\nuser-1,cus_1\nuser-2,cus_2"), at(2));
  assert.deepEqual(lines("Customer, User\r\ncus_1,user-1\r\ncus_2,user-2\r\n"), at(2));
  assert.deepEqual(lines("\u{feff}user,customer\nuser-1,cus_1\nuser-2,cus_2\n"), at(2));
  assert.deepEqual(lines(""), []);
  assert.deepEqual(lines("user,customer\n"), []);
  assert.deepEqual(lines('"a,b",cus_1\n\n\r\n"say ""a""",cus_2'), [
    [1, "a,b", "cus_1"],
    [4, 'say "a"', "cus_2"],
  ]);
});

test("each bad line of a map is reported by its number", () => {
  const text = 'user,customer\nuser-1,cus_1\nuser-2\n\nuser-3,sub_3\n,cus_4\nuser-5,cus_1\nuser-6,cus_6,more\n"two\nlines",cus_7\nuser,customer\n\u{a0}user-8,cus_8\n';
  const { bad } = parseMap(Buffer.from(text));
  assert.deepEqual(bad.map(({ number }) => number), [3, 5, 6, 7, 8, 9, 11, 12]);
  assert.equal(bad[3]?.reason, "cus_1 is on line 2 already");
  const bytes = Buffer.concat([Buffer.from("user-1,cus_1\nuser-"), Buffer.from([0xff]), Buffer.from(",cus_2\n")]);
  assert.deepEqual(parseMap(bytes).bad, [{ number: 2, reason: "it is not UTF-8" }]);
  assert.deepEqual(parseMap(Buffer.from('"user-1,cus_1\n')).bad, [{ number: 1, reason: "a quotation mark is not closed" }]);
});

test("what is written as CSV is read again", () => {
  const fields = ["a", "", 'b"c', "d,e", "f\ng", "h\r\ni"];
  assert.deepEqual(records(Buffer.from(line(fields) + line(fields))).map((record) => record.fields), [fields, fields]);
});

test("another user's customer is refused unless the operator says otherwise", () => {
  const mapped = { number: 1, user: "user-1", customer: "cus_1" };
  for (const [metadata, overwrite, write] of /** @type {[Record<string, string>, boolean, boolean | undefined][]} */ ([
    [{}, false, true],
    [{ user_id: "" }, false, true],
    [{ other: "user-2" }, false, true],
    [{ user_id: "user-1" }, false, false],
    [{ user_id: "user-1" }, true, false],
    [{ user_id: "user-2" }, false, undefined],
    [{ user_id: "user-2" }, true, true],
  ])) {
    assert.equal(judgeLine(mapped, { metadata }, "user_id", overwrite).write, write, JSON.stringify(metadata));
  }
  assert.match(judgeLine(mapped, undefined, "user_id", true).reason ?? "", /Stripe has no customer cus_1/);
});

test("a customer is linked by its metadata or by a current subscription", () => {
  const named = { user_id: "user-1" };
  const subscription = /** @param {string} status @param {object} metadata */ (status, metadata) => ({ id: "sub_1", status, metadata });
  for (const [metadata, subscriptions, user] of /** @type {[any, any[], string | undefined][]} */ ([
    [named, [], "user-1"],
    [{ user_id: "" }, [], undefined],
    [{ user_id: "a\nb" }, [], undefined],
    [{ user_id: "x".repeat(256) }, [], undefined],
    [{ other: "user-1" }, [], undefined],
    [{}, [subscription("active", named)], "user-1"],
    [{}, [subscription("past_due", named)], "user-1"],
    [{}, [subscription("canceled", named)], undefined],
    [{}, [subscription("incomplete_expired", named)], undefined],
    [{ user_id: "user-2" }, [subscription("active", named)], "user-2"],
  ])) {
    assert.equal(ownerOf({ metadata }, subscriptions, "user_id")?.user, user, JSON.stringify([metadata, subscriptions]));
  }
});

/** @param {string} plans */
const rules = (plans) => planRules({ plans, rate_limits: "free=5/60, staff=100/60", entitled_statuses: "active,trialing,past_due" });

/** @param {string} status @param {...any} prices */
const subscription = (status, ...prices) =>
  /** @type {any} */ ({ id: "sub_1", status, items: { data: prices.map((price) => ({ price })) } });

test("a plan is the first that an entitled subscription fits", () => {
  const price = /** @param {string} id @param {string} product @param {string | null} key */ (id, product, key = null) => ({ id, product, lookup_key: key, metadata: {} });
  const team = price("price_1", "prod_team");
  const pro = price("price_2", "prod_pro", "pro_monthly");
  const other = price("price_9", "prod_9", "other");
  for (const [subscriptions, plan] of /** @type {[any[], string][]} */ ([
    [[], "free"],
    [[subscription("active", team)], "team"],
    [[subscription("active", price("price_team", "prod_x"))], "team"],
    [[subscription("active", pro)], "pro"],
    [[subscription("active", price("price_0", "prod_pro"))], "pro"],
    [[subscription("active", price("price_3", "prod_y", "pro_monthly"))], "pro"],
    [[subscription("active", other)], "paid"],
    [[subscription("trialing", pro)], "pro"],
    [[subscription("past_due", pro)], "pro"],
    [[subscription("unpaid", pro)], "free"],
    [[subscription("incomplete", pro)], "free"],
    [[subscription("paused", pro)], "free"],
    [[subscription("canceled", team), subscription("active", pro)], "pro"],
    [[subscription("active", other), subscription("active", team)], "team"],
    [[subscription("active", other, pro)], "pro"],
    [[subscription("active")], "free"],
  ])) {
    const found = planOf({ metadata: {} }, subscriptions, rules("team=prod_team|price_team, pro=prod_pro|pro_monthly, paid=*"));
    assert.equal(found.plan, plan, JSON.stringify(subscriptions));
  }
  assert.equal(planOf({ metadata: {} }, [subscription("active", other)], rules("pro=prod_pro")).plan, "free");
  assert.ok(fits("prod_1", /** @type {any} */ ({ id: "price_1", product: { id: "prod_1" }, lookup_key: null })));
});

test("metadata names a plan that the operator knows", () => {
  const of = /** @param {string} status @param {string} plan */ (status, plan) =>
    subscription(status, { id: "price_1", product: "prod_x", lookup_key: null, metadata: { portico_plan: plan } });
  for (const [named, subscriptions, plan] of /** @type {[string | undefined, any[], string][]} */ ([
    ["team", [], "team"],
    ["staff", [], "staff"],
    ["free", [of("active", "pro")], "free"],
    ["unknown", [], "free"],
    ["unknown", [of("active", "pro")], "pro"],
    ["pro", [of("active", "team")], "pro"],
    [undefined, [of("active", "staff")], "staff"],
    [undefined, [of("active", "staff"), of("active", "pro")], "pro"],
    [undefined, [of("active", "pro"), of("active", "team")], "team"],
    [undefined, [of("active", "unknown")], "paid"],
    [undefined, [of("canceled", "team")], "free"],
  ])) {
    const metadata = /** @type {any} */ (named === undefined ? {} : { portico_plan: named });
    const found = planOf({ metadata }, subscriptions, rules("team=prod_team, pro=prod_pro, paid=*"));
    assert.equal(found.plan, plan, `${named} ${JSON.stringify(subscriptions)}`);
  }
});

test("plans have a name and matchers", () => {
  for (const text of ["paid=*", "team=prod_1|price_1,pro=monthly", "Pro Plan=a b"]) assert.ok(rules(text));
  for (const text of ["paid", "=*", "paid=", "paid=*|", 'a"b=*', "päid=*"]) assert.throws(() => rules(text), Failure, text);
});

test("of a user's customers one with an entitled subscription comes before the newest", () => {
  const one = /** @param {boolean} entitled @param {number} created */ (entitled, created) => ({ given: { entitled, plan: "", rule: "" }, created });
  const sorted = [one(false, 3), one(true, 1), one(true, 2), one(false, 4)].sort(preferred);
  assert.deepEqual(sorted.map(({ created }) => created), [2, 1, 4, 3]);
});

test("no two calls are closer than the rate allows, and pauses are not made up for", () => {
  const schedule = new Schedule(100);
  assert.equal(schedule.take(0), 0);
  assert.equal(schedule.take(30), 70);
  assert.equal(schedule.take(30), 170);
  assert.equal(schedule.take(1000), 0);
  assert.equal(schedule.take(1000), 100);
});

test("a server that asks for fewer calls gets none for a while", () => {
  const schedule = new Schedule(100);
  schedule.hold(0, 500);
  schedule.hold(0, 200);
  assert.ok(schedule.isHeld(499));
  assert.equal(schedule.take(100), 400);
  assert.equal(schedule.take(100), 500);
  assert.ok(!schedule.isHeld(500));
});

test("only what may end otherwise is tried again, and pauses grow", () => {
  for (const [status, again] of /** @type {[number, boolean][]} */ ([
    [200, false],
    [302, false],
    [400, false],
    [404, false],
    [409, true],
    [429, true],
    [500, true],
    [503, true],
  ])) {
    assert.equal(pause({ status }, 1) !== undefined, again, String(status));
  }
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => pause(undefined, attempt)), [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  assert.equal(pause({ status: 429, retryAfter: "20" }, 1), 20_000);
  assert.equal(pause({ status: 429, retryAfter: "1" }, 3), 2000);
  assert.equal(pause({ status: 503, retryAfter: "999999" }, 1), 900_000);
  assert.equal(pause({ status: 503, retryAfter: "soon" }, 1), 500);
});

test("only Portico's own word is taken for done", () => {
  const answer = /** @param {number} status @param {any} [json] */ (status, json) => judgeAnswer({ status, json, headers: { "x-request-id": "r-1" } });
  assert.deepEqual(answer(200, { received: true }), { outcome: "received" });
  assert.deepEqual(answer(200, { received: true, outcome: "synced" }), { outcome: "synced" });
  assert.deepEqual(answer(500, { error: "store_unavailable", message: "m" }), { outcome: "failed", reason: "Portico answered 500 store_unavailable r-1" });
  assert.deepEqual(answer(429), { outcome: "failed", reason: "Portico answered 429 r-1" });
  for (const [status, json] of /** @type {[number, any][]} */ ([
    [200, undefined],
    [200, { received: false }],
    [200, { received: true, outcome: "ignored_account" }],
    [204, undefined],
    [301, undefined],
    [400, { error: "invalid_signature" }],
    [404, { error: "not_found" }],
    [405, undefined],
  ])) {
    assert.throws(() => answer(status, json), Failure, `${status}`);
  }
});

/** Computed by OpenSSL: `printf '%s' '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test`. */
test("the signature is the HMAC of time and body under the whole secret", () => {
  assert.equal(
    signature('{"id":"evt_1"}', new WebhookSecret("whsec_test"), 1_700_000_000),
    "t=1700000000,v1=c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925",
  );
});

test("results come in the order of the items, and nothing is begun after an error", async () => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  const slow = async (/** @type {number} */ item) => {
    await new Promise((resolve) => setTimeout(resolve, (item * 7) % 5));
    return item * 2;
  };
  assert.deepEqual(await parallel(items, slow), items.map((item) => item * 2));
  assert.deepEqual(await parallel([], slow), []);
  let begun = 0;
  const failing = parallel(items, async (item) => {
    begun += 1;
    await slow(item);
    if (item >= 5) throw new Error("too high");
  });
  await assert.rejects(failing, /too high/);
  assert.ok(begun < items.length, String(begun));
});

test("progress is read as it was written, up to a line that was broken off, and only by the same run", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "portico-journal-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "progress");
  const run = { portico: "https://billing.example.com" };
  const first = new Journal(path, run);
  first.add({ rows: [{ id: "cus_1", outcome: "synced" }, { id: "cus_2", outcome: "failed" }], after: "cus_2", listed: false });
  first.add({ again: ["cus_1"] });
  const text = readFileSync(path, "utf8");
  writeFileSync(path, `${text}{"rows":[{"id":"cus_3"`);

  const second = new Journal(path, run);
  assert.ok(second.resumed);
  assert.equal(second.progress.after, "cus_2");
  assert.equal(second.progress.rows.size, 2);
  assert.deepEqual([...second.progress.again], ["cus_1", "cus_2"]);
  second.add({ rows: [{ id: "cus_2", outcome: "deleted" }, { id: "cus_1", outcome: "failed" }], listed: true });
  assert.deepEqual(second.progress.with("failed"), [{ id: "cus_1", outcome: "failed" }]);
  assert.equal(second.progress.again.size, 0);
  assert.equal(new Journal(path, run).progress.rows.size, 1);
  assert.throws(() => new Journal(path, { portico: "https://other.example.com" }), Failure);
  second.forget();
  assert.ok(!new Journal(path, run).resumed);
});

test("what is not as at an earlier audit is changed", () => {
  const since = new Map([["cus_1", { user: "a", plan: "pro" }], ["cus_2", { user: "", plan: "free" }]]);
  for (const [id, user, plan, outcome] of /** @type {[string, string | null, string, string][]} */ ([
    ["cus_1", "a", "pro", "synced"],
    ["cus_1", "a", "free", "changed"],
    ["cus_1", "b", "pro", "changed"],
    ["cus_2", null, "free", "synced"],
    ["cus_3", "a", "pro", "changed"],
  ])) {
    assert.equal(compared({ id, user, plan }, since), outcome, `${id} ${user} ${plan}`);
  }
  assert.equal(compared({ id: "cus_1", user: "b", plan: "free" }, undefined), "synced");
});
