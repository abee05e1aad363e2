/** The repository's stand-in for Stripe, which cargo builds. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import http from "node:http";
import { createServer } from "node:net";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { TEST_KEY } from "./run.js";

/** The programs that cargo builds lie beside each other; `cargo xtask test` says where. */
const FOLDER = process.env.PORTICO_HOST ? dirname(process.env.PORTICO_HOST) : fileURLToPath(new URL("../../../target/debug", import.meta.url));
const PROGRAM = join(FOLDER, process.platform === "win32" ? "portico-stand-in.exe" : "portico-stand-in");

/**
 * Why the tests with the stand-in are skipped, if they are.
 *
 * @returns {string | false}
 */
export function skipped() {
  if (existsSync(PROGRAM) || process.env.PORTICO_REQUIRE_ALL === "1") return false;
  return `there is no ${PROGRAM}: cargo build --package portico-stand-in`;
}

/** A running stand-in, which holds its own events. */
export class StandIn {
  #agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  #child;

  /** @param {string} address @param {import("node:child_process").ChildProcess} child */
  constructor(address, child) {
    this.address = address;
    this.#child = child;
  }

  /** @param {import("node:test").TestContext} t */
  static async start(t) {
    const address = `127.0.0.1:${await freePort()}`;
    const args = ["--listen", address, "--api-key", TEST_KEY, "--webhook-url", "http://127.0.0.1:9/"];
    const child = spawn(PROGRAM, args, { stdio: ["ignore", "pipe", "inherit"] });
    const standIn = new StandIn(`http://${address}`, child);
    t.after(() => standIn.#stop());
    // It prints what to do with it when it listens.
    await once(child.stdout, "data");
    child.stdout.resume();
    await standIn.call("PUT", "/stand-in/deliveries/held");
    return standIn;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Record<string, string>} [form]
   * @returns {Promise<any>}
   */
  async call(method, path, form) {
    const headers = { authorization: `Bearer ${TEST_KEY}`, "content-type": "application/x-www-form-urlencoded" };
    const request = http.request(this.address + path, { method, headers, agent: this.#agent });
    request.end(form && new URLSearchParams(form).toString());
    const [response] = await once(request, "response");
    let text = "";
    for await (const chunk of response) text += chunk;
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
    return text && /json/.test(response.headers["content-type"]) ? JSON.parse(text) : text;
  }

  /** @param {Record<string, string>} form @returns {Promise<string>} */
  async customer(form) {
    return (await this.call("POST", "/v1/customers", form)).id;
  }

  /** Subscribes a customer to a plan that is on sale. @param {string} customer @param {string} price */
  async subscribe(customer, price) {
    return this.call("POST", "/v1/subscriptions", {
      customer,
      "items[0][price]": price,
      collection_method: "send_invoice",
      days_until_due: "30",
    });
  }

  #stop() {
    this.#agent.destroy();
    this.#child.kill();
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  return port;
}
