/** As much of Stripe and of Portico as the commands about customers talk to. */

import { createHmac } from "node:crypto";
import { once } from "node:events";
import http from "node:http";

import { SECRET } from "./run.js";

export const WEBHOOK = "/api/v1/billing/webhook";

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path
 * @property {URLSearchParams} query
 * @property {http.IncomingHttpHeaders} headers
 * @property {string} body
 */

/** @typedef {{ status: number, body: unknown, headers?: Record<string, string> }} Answer */
/** @typedef {Answer | "closed" | "never" | undefined} Reply `undefined` for what the server says by itself. */
/** @typedef {(request: Request, earlier: number) => Reply} Rule */

export class Server {
  /** The newest first, as Stripe lists them. @type {any[]} */
  customers = [];
  /** @type {Request[]} */
  requests = [];
  /** What Portico answers, besides that it has received the event. @type {(customer: string) => string | undefined} */
  outcome = (id) => (this.user(id) === undefined ? "unlinked" : "synced");
  /** @type {Map<string, { rule: Rule, earlier: number }>} */
  #rules = new Map();
  /** @type {(() => void)[]} */
  #waiting = [];
  #server = http.createServer((request, response) => void this.#serve(request, response));

  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get address() {
    const { port } = /** @type {import("node:net").AddressInfo} */ (this.#server.address());
    return `http://127.0.0.1:${port}`;
  }

  /**
   * @param {string} id
   * @param {string | undefined} user
   * @param {object} [members]
   */
  addCustomer(id, user, members = {}) {
    this.customers.unshift({
      id,
      object: "customer",
      created: 1_700_000_000 + this.customers.length,
      livemode: false,
      email: "jenny.rosen@example.com",
      name: "Jenny Rosen",
      metadata: user === undefined ? {} : { user_id: user },
      subscriptions: { object: "list", data: [], has_more: false },
      ...members,
    });
  }

  /** @param {string} id */
  customer(id) {
    return this.customers.find((customer) => customer.id === id);
  }

  /** The user that a customer's metadata names. @param {string} id */
  user(id) {
    return this.customer(id)?.metadata?.user_id;
  }

  /** The identifiers of all customers. */
  ids() {
    return this.customers.map(({ id }) => id).sort();
  }

  /**
   * Answers such requests by a rule, from now on; where it says nothing, as the server does.
   *
   * @param {string} method
   * @param {string} path
   * @param {Rule} rule
   */
  on(method, path, rule) {
    this.#rules.set(`${method} ${path}`, { rule, earlier: 0 });
  }

  /**
   * @param {string} method
   * @param {string} path
   */
  received(method, path) {
    return this.requests.filter((request) => request.method === method && request.path === path);
  }

  /** The customers that an event was received for. */
  rung() {
    return [...new Set(this.received("POST", WEBHOOK).map(({ body }) => JSON.parse(body).data.object.id))].sort();
  }

  /** Waits until a request has been received that fits. @param {(request: Request) => boolean} fits */
  async waitFor(fits) {
    while (!this.requests.some(fits)) await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
  }

  /**
   * @param {http.IncomingMessage} incoming
   * @param {http.ServerResponse} response
   */
  async #serve(incoming, response) {
    const url = new URL(incoming.url ?? "", "http://server");
    let body = "";
    for await (const chunk of incoming) body += chunk;
    const { method = "", headers } = incoming;
    const request = { method, path: url.pathname, query: url.searchParams, headers, body };
    this.requests.push(request);
    for (const resume of this.#waiting.splice(0)) resume();
    const entry = this.#rules.get(`${method} ${url.pathname}`);
    const ruled = entry?.rule(request, entry.earlier++);
    if (ruled === "never") return;
    if (ruled === "closed") {
      incoming.socket.destroy();
      return;
    }
    const { status, body: answer, headers: more } = ruled ?? this.#reply(request);
    response.writeHead(status, { "content-type": "application/json", ...more });
    response.end(JSON.stringify(answer));
  }

  /** @param {Request} request @returns {Answer} */
  #reply(request) {
    const { method, path } = request;
    if (method === "POST" && path === WEBHOOK) return this.#portico(request);
    if (method === "GET" && path === "/v1/customers") return this.#page(request);
    const customer = this.customer(path.replace(/^\/v1\/customers\//, ""));
    if (!customer) return missing();
    for (const [name, value] of method === "POST" ? new URLSearchParams(request.body) : []) {
      const key = /^metadata\[(.*)\]$/.exec(name)?.[1];
      if (key) customer.metadata[key] = value;
    }
    return { status: 200, body: customer };
  }

  /** Stripe's list. @param {Request} request @returns {Answer} */
  #page({ query }) {
    const after = query.get("starting_after");
    const begin = after === null ? 0 : this.customers.findIndex(({ id }) => id === after) + 1;
    if (after !== null && begin === 0) return missing();
    const data = this.customers.slice(begin, begin + Number(query.get("limit")));
    const has_more = begin + data.length < this.customers.length;
    return { status: 200, body: { object: "list", url: "/v1/customers", data, has_more } };
  }

  /** Takes an event that is signed as Stripe signs, a short time ago. @param {Request} request @returns {Answer} */
  #portico({ headers, body }) {
    const [, time, mac] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(String(headers["stripe-signature"])) ?? [];
    const expected = createHmac("sha256", SECRET).update(`${time}.${body}`).digest("hex");
    if (Math.abs(Date.now() / 1000 - Number(time)) > 60 || mac !== expected) {
      return { status: 400, body: { error: "invalid_signature" } };
    }
    return { status: 200, body: { received: true, outcome: this.outcome(JSON.parse(body).data.object.id) } };
  }
}

/** @returns {Answer} */
function missing() {
  return { status: 404, body: { error: { code: "resource_missing", type: "invalid_request_error", message: "No such customer" } } };
}
