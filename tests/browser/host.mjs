// Portico beside a stand-in for Stripe, as `cargo xtask dev` runs them.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAM = process.env.PORTICO_HOST ?? `${ROOT}target/debug/portico-host`;
/** How long, in milliseconds, something may take that takes a moment on a quiet machine. */
export const PATIENCE = 20_000;

/** The path that opens the portal. */
export const PORTAL = "/api/v1/account/billing-portal";
/** The path that tells about the account. */
export const BALANCE = "/api/v1/account/balance";
/** What the paid user is at the stand-in. */
export const CUSTOMER = "cus_PaidDemo0001";
export const SUBSCRIPTION = "sub_PaidDemo0001";

/**
 * Variables for tests of the page. Without retries, a Stripe that fails is told about at once; without limits, tests do
 * not count for each other; and a Stripe that stalls does so for longer than any test takes.
 */
export const STEADY = { rate_limits: "off", stripe_max_retries: "0", stripe_timeout_ms: "60000" };

const children = new Set();
const running = new Set();
const shared = new Map();

// A host must not outlive the tests, however these end.
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));

/** A host with these variables. All tests that want the same ones share it. */
export function sharedHost(variables = {}) {
  const key = JSON.stringify(variables);
  if (!shared.has(key)) shared.set(key, Host.start(variables));
  return shared.get(key);
}

/** A host for one test. `options` are further ones of the command line. */
export async function ownHost(t, variables, options = []) {
  const host = await Host.start(variables, options);
  t.after(() => host.stop());
  return host;
}

/** Ends all hosts that are shared. */
export async function stopHosts() {
  const hosts = await Promise.allSettled(shared.values());
  shared.clear();
  await Promise.all(hosts.map(({ value }) => value?.stop()));
}

/** What the logs of all hosts have had to say since a time, for whoever reads of a test that has failed. */
export function logsSince(time) {
  const lines = [...running].flatMap((host) => host.log).filter((line) => Date.parse(line.ts) >= time);
  return lines.map(({ ts, method, route, status, error, reason }) => {
    return [ts, method, route, status, error, reason].filter(Boolean).join(" ");
  });
}

class Host {
  /** What it has printed: lines to read, and to paste into a shell. */
  printed = [];
  /** The lines of Portico's log, parsed. */
  log = [];
  #news = new EventEmitter().setMaxListeners(0);
  #child;
  #stderr = [];

  static async start(variables = {}, options = []) {
    const host = new Host();
    await host.#start(variables, options);
    return host;
  }

  async #start(variables, options) {
    const given = Object.entries(variables).flatMap(([name, value]) => ["--variable", `${name}=${value}`]);
    const line = ["dev", "--listen", "127.0.0.1:0", "--stand-in-port", "0", "--manifest", `${ROOT}spin.toml`];
    this.#child = spawn(PROGRAM, [...line, ...options, ...given], { stdio: ["ignore", "pipe", "pipe"] });
    children.add(this.#child);
    running.add(this);
    let ended = null;
    const end = (reason) => {
      ended ??= reason;
      children.delete(this.#child);
      running.delete(this);
      this.#news.emit("news");
    };
    this.#child.once("error", (error) => end(`${error.message}; cargo build -p portico-host builds it`));
    this.#child.once("close", (code, signal) => end(`it ended with ${code ?? signal}`));
    createInterface(this.#child.stdout).on("line", (line) => {
      this.printed.push(line);
      this.#news.emit("news");
    });
    createInterface(this.#child.stderr).on("line", (line) => {
      this.#stderr.push(line);
      if (line.startsWith("{")) this.log.push(JSON.parse(line));
      this.#news.emit("news");
    });
    await this.#until("the host to start", () => {
      assert.ok(!ended, `the host has not started: ${ended}\n${this.#stderr.join("\n")}`);
      // What is printed last says how Stripe's faults are chosen.
      return this.printed.some((line) => line.endsWith("/stand-in/faults/server-error"));
    });
    this.origin = this.#match(/^# Portico listens on (\S+);/);
    this.stripe = this.#match(/^# Stripe is a stand-in on (\S+),/);
  }

  #match(pattern) {
    const line = this.printed.find((line) => pattern.test(line));
    assert.ok(line, `no line of what the host has printed is ${pattern}`);
    return pattern.exec(line)[1];
  }

  async #until(what, found) {
    const signal = AbortSignal.timeout(PATIENCE);
    for (;;) {
      const value = found();
      if (value) return value;
      await once(this.#news, "news", { signal }).catch(() => assert.fail(`waited for ${what} in vain`));
    }
  }

  async stop() {
    if (!children.has(this.#child)) return;
    const end = once(this.#child, "close");
    this.#child.kill("SIGTERM");
    const timeout = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await end;
    clearTimeout(timeout);
  }

  /** The `curl` lines as they are printed. */
  get curls() {
    return this.printed.filter((line) => line.startsWith("curl "));
  }

  /** A token as the page gets it. */
  async token(user = "user_paid") {
    const response = await fetch(`${this.origin}/dev/tokens/${user}`, { method: "POST" });
    return (await response.json()).token;
  }

  /** What a token of this host says, with `claims` in place of its own. */
  claims(user, claims = {}) {
    const now = Math.floor(Date.now() / 1000);
    return { iss: `${this.origin}/dev`, aud: "portico-dev", sub: user, iat: now, exp: now + 600, ...claims };
  }

  /** The address of a fresh session of the paid user. */
  async session() {
    const headers = { Authorization: `Bearer ${await this.token()}` };
    const response = await fetch(this.origin + PORTAL, { method: "POST", headers });
    return (await response.json()).url;
  }

  /**
   * Lets Stripe fail until the test ends, or until `heal`. It is never for a number of calls: those of a page that waits
   * no longer would count, since Portico goes on without it.
   */
  async fault(t, name) {
    t.after(() => this.heal());
    const response = await fetch(`${this.stripe}/stand-in/faults/${name}`, { method: "PUT" });
    assert.equal(response.status, 200, await response.text());
  }

  /** Lets Stripe be as usual again. */
  async heal() {
    if (!children.has(this.#child)) return;
    await fetch(`${this.stripe}/stand-in/faults`, { method: "DELETE" });
  }

  /** Waits for the log's line with a request's identifier, such as the page shows it. */
  line(requestId) {
    return this.#until(`the log's line of ${requestId}`, () => this.log.find((line) => line.request_id === requestId));
  }

  /**
   * What the log gets while `action` is under way. Every request that `action` has waited for is in it. A request that
   * came before is not, although it may end meanwhile: an earlier test may have stopped waiting for it.
   */
  async logged(action) {
    const begin = await this.#mark();
    await action();
    const end = await this.#mark();
    const since = Date.parse(this.log[begin].ts);
    return this.log.slice(begin + 1, end).filter(({ ts, duration_ms: duration }) => Date.parse(ts) - duration >= since - 1);
  }

  async #mark() {
    const id = randomUUID();
    await fetch(`${this.origin}/healthz`, { headers: { "X-Request-Id": id } });
    return this.log.indexOf(await this.line(id));
  }
}
