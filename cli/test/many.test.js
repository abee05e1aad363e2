/** `portico audit` of ten thousand customers at the stand-in for Stripe. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { digest } from "../src/user.js";
import { Desk } from "./tools/run.js";
import { Server } from "./tools/server.js";
import { StandIn, skipped } from "./tools/stand-in.js";

const CUSTOMERS = 10_000;

/** The stand-in is built without optimisation, and looks through all of its objects for each customer of a page. */
const PATIENCE = 15 * 60_000;

test("ten thousand customers are audited, each once", { skip: skipped(), timeout: PATIENCE }, async (t) => {
  const standIn = await StandIn.start(t);
  const portico = await new Server().start();
  t.after(() => portico.stop());
  const desk = new Desk(t);
  // The stand-in has some of its own.
  const { data } = await standIn.call("GET", "/v1/customers");
  const ids = data.map((/** @type {{ id: string }} */ { id }) => id);
  for (let begin = 0; begin < CUSTOMERS; begin += 100) {
    const some = Array.from({ length: 100 }, (_, index) => {
      const number = begin + index;
      // Every hundredth has no user, and of the last ones two are always of one user.
      const user = number >= CUSTOMERS - 10 ? `twice-${number % 5}` : `user-${number}`;
      return standIn.customer(index === 0 ? { description: "nobody's" } : { "metadata[user_id]": user });
    });
    ids.push(...(await Promise.all(some)));
  }
  for (const customer of ids.slice(-10)) await standIn.subscribe(customer, "price_DemoPro");
  const own = data.length;
  const unlinked = new Set(ids.slice(own).filter((/** @type {string} */ _, /** @type {number} */ number) => number % 100 === 0));
  portico.outcome = (id) => (unlinked.has(id) ? "unlinked" : "synced");

  const begun = performance.now();
  const args = ["--api-base", standIn.address, "--portico", portico.address, "--rate", "5000", "--csv", "audit.csv"];
  const ended = await desk.run(["audit", ...args]);
  t.diagnostic(`${CUSTOMERS} customers in ${((performance.now() - begun) / 1000).toFixed(1)} s`);

  assert.equal(ended.code, 3, JSON.stringify(ended));
  assert.match(ended.output, new RegExp(`^synced +${ids.length - 100}$`, "m"));
  assert.match(ended.output, /^unlinked +100$/m);
  assert.match(ended.output, new RegExp(`^${digest("twice-0")}  cus_\\w+ \\(paid\\), cus_\\w+ \\(paid\\)$`, "m"));
  assert.equal(desk.read("audit.csv").trim().split("\n").length, ids.length + 1);
  assert.deepEqual(portico.rung(), [...ids].sort());
  assert.equal(portico.requests.length, ids.length, "each was rung for once");
});
