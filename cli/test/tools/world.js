/** A world in which nothing is wrong, until a test plants something: Stripe, an identity provider and a Portico. */

import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { parseEnv } from "node:util";

import { EVENT_TYPES } from "../../src/portico/event.js";
import { SECRET } from "./run.js";

export const KEY = "rk_live_PorticoDoctorKey4eC39HqLyjWDarj";

/** @typedef {{ status: number, body?: unknown, text?: string, headers?: http.OutgoingHttpHeaders | [string, string][] }} Reply */
/** @typedef {{ method: string, path: string, query: URLSearchParams, headers: http.IncomingHttpHeaders, body: string }} Asked */

/** The key pair by which the provider signs. */
const PAIR = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** A server on this machine. */
class Place {
  /** Answers in the place of the server's own, by path. @type {Map<string, Reply>} */
  instead = new Map();
  /** @type {Asked[]} */
  asked = [];
  /** Milliseconds that its clock is ahead. */
  ahead = 0;
  /** @type {(asked: Asked) => Reply} */
  #reply;
  #server = http.createServer(async (request, response) => {
    const url = new URL(request.url ?? "", "http://place");
    let body = "";
    for await (const chunk of request) body += chunk;
    const asked = { method: request.method ?? "", path: url.pathname, query: url.searchParams, headers: request.headers, body };
    this.asked.push(asked);
    const { status, body: json, text, headers = {} } = this.instead.get(url.pathname) ?? this.#reply(asked);
    response.setHeader("date", new Date(Date.now() + this.ahead).toUTCString());
    if (!response.hasHeader("content-type")) response.setHeader("content-type", "application/json");
    for (const [name, value] of Array.isArray(headers) ? headers : Object.entries(headers)) {
      response.appendHeader(name, /** @type {string} */ (value));
    }
    response.writeHead(status).end(text ?? (json === undefined ? "" : JSON.stringify(json)));
  });

  /** @param {(asked: Asked) => Reply} reply */
  constructor(reply) {
    this.#reply = reply;
  }

  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const { port } = /** @type {import("node:net").AddressInfo} */ (this.#server.address());
    this.address = `http://127.0.0.1:${port}`;
    return this;
  }

  address = "";

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** The world. */
export class World {
  stripe = new Place((asked) => this.#stripe(asked));
  provider = new Place(({ path }) => this.#provider(path));
  portico = new Place((asked) => this.#portico(asked));

  /** Permissions that the key lacks. @type {Set<string>} */
  denied = new Set();
  /** The key that Stripe knows. */
  key = KEY;
  versions = ["2026-10-28.endive", "2026-01-28.clover"];
  /** @type {any[]} */
  configurations = [
    {
      id: "bpc_1",
      object: "billing_portal.configuration",
      active: true,
      is_default: true,
      livemode: true,
      features: {
        customer_update: { enabled: true, allowed_updates: ["email"] },
        invoice_history: { enabled: true },
        payment_method_update: { enabled: true, payment_method_configuration: null },
        subscription_cancel: { enabled: true },
        subscription_pause: { enabled: false },
        subscription_update: {
          enabled: true,
          default_allowed_updates: ["price"],
          products: [{ product: "prod_pro", prices: ["price_month", "price_year"] }],
        },
      },
    },
  ];
  product = { id: "prod_pro", object: "product", active: true };
  /** @type {any[]} */
  prices = [
    { id: "price_month", lookup_key: "pro_monthly", recurring: { interval: "month", usage_type: "licensed" } },
    { id: "price_year", lookup_key: "pro_yearly", recurring: { interval: "year", usage_type: "licensed" } },
  ].map((price) => ({ object: "price", active: true, livemode: true, metadata: {}, product: this.product, ...price }));
  /** What exists in the other mode. @type {string[]} */
  inOtherMode = [];
  /** @type {any[]} */
  endpoints = [];
  /** @type {any[]} */
  destinations = [];
  /** @type {any[]} */
  undelivered = [];

  jwks = { keys: [{ ...PAIR.publicKey.export({ format: "jwk" }), kid: "key-1", use: "sig", alg: "RS256" }] };
  /** @type {Record<string, string> | undefined} */
  discovery;

  /** The mode of Portico's own key. */
  live = true;
  /** @type {string | undefined} */
  secret = SECRET;
  /** @type {string[]} */
  origins = ["https://app.example.com"];
  /** @type {Reply} */
  readiness = { status: 200, body: { status: "ready" } };
  basePath = "";

  /** @type {Record<string, string>} */
  settings = {};

  async start() {
    await Promise.all([this.stripe.start(), this.provider.start(), this.portico.start()]);
    this.settings = {
      stripe_api_base: this.stripe.address,
      frontend_url: "https://app.example.com",
      jwt_issuer: this.provider.address,
      jwt_audience: "portico",
      jwt_jwks_origin: this.provider.address,
      plans: "pro=prod_pro|price_year|pro_monthly, paid=*",
      checkout_prices: "monthly=price_month, yearly=price_year",
    };
    this.discovery = { issuer: this.provider.address, jwks_uri: `${this.provider.address}/.well-known/jwks.json` };
    this.endpoints = [
      {
        id: "we_1",
        object: "webhook_endpoint",
        url: `${this.portico.address}/api/v1/billing/webhook`,
        status: "enabled",
        enabled_events: [...EVENT_TYPES],
        application: null,
        livemode: true,
      },
      { id: "we_2", object: "webhook_endpoint", url: "https://else.example.com/", status: "enabled", enabled_events: ["*"], application: null, livemode: true },
    ];
    return this;
  }

  stop() {
    for (const place of [this.stripe, this.provider, this.portico]) place.stop();
  }

  /** The environment of the program. */
  env() {
    const lines = Object.entries(this.settings).map(([name, value]) => `SPIN_VARIABLE_${name.toUpperCase()}=${JSON.stringify(value)}`);
    return { STRIPE_API_KEY: this.key, STRIPE_WEBHOOK_SECRET: SECRET, ...parseEnv(lines.join("\n")) };
  }

  /** A token that the provider signed. @param {object} claims @param {object} [header] */
  token(claims, header) {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: this.provider.address, aud: "portico", sub: "user-1", exp: now + 600, iat: now, ...claims };
    return signed({ alg: "RS256", kid: "key-1", typ: "JWT", ...header }, all, PAIR.privateKey);
  }

  /** @param {Asked} asked @returns {Reply} */
  #stripe({ method, path, query, headers, body }) {
    if (headers.authorization !== `Bearer ${KEY}`) return refused(401, { message: `Invalid API Key provided: ${this.key}` });
    if (!this.versions.includes(String(headers["stripe-version"])) && !path.startsWith("/v2/")) {
      return refused(400, { message: "Invalid Stripe API version" });
    }
    const permission = permissionOf(method, path);
    if (this.denied.has(permission)) {
      const message = `The provided key '${this.key}' does not have the required permissions for this endpoint on account 'acct_1'. Having the '${permission}' permission would allow this request to continue.`;
      return refused(403, { code: "more_permissions_required", message });
    }
    if (method === "POST") {
      const param = path === "/v1/billing_portal/sessions" ? "customer" : "id";
      return refused(body.includes("customer=") ? 400 : 404, { code: "resource_missing", param, message: "No such object" });
    }
    const [, , kind = "", id] = path.split("/");
    switch (kind) {
      case "billing_portal":
        return this.#one(path.split("/")[4], this.configurations, () => this.configurations.filter((one) => one.is_default));
      case "prices":
        return this.#one(id, this.prices, () => {
          const keys = [...query].filter(([name]) => name.startsWith("lookup_keys")).map(([, value]) => value);
          return this.prices.filter(({ active, lookup_key }) => active && keys.includes(lookup_key));
        });
      case "products":
        return this.#one(id, [this.product]);
      case "webhook_endpoints":
        return list(this.endpoints);
      case "events":
        return list(query.get("delivery_success") === "false" ? this.undelivered : []);
      case "core":
        return { status: 200, body: { data: this.destinations, next_page_url: null, previous_page_url: null } };
      default:
        return list([]);
    }
  }

  /**
   * @param {string | undefined} id
   * @param {any[]} all
   * @param {() => any[]} [listed]
   * @returns {Reply}
   */
  #one(id, all, listed = () => all) {
    if (id === undefined) return list(listed());
    const found = all.find((one) => one.id === id);
    if (found) return { status: 200, body: found };
    const hint = this.inOtherMode.includes(id) ? "; a similar object exists in test mode, but a live mode key was used" : "";
    return refused(404, { code: "resource_missing", param: "id", message: `No such object: '${id}'${hint}` });
  }

  /** @param {string} path @returns {Reply} */
  #provider(path) {
    if (path === "/.well-known/jwks.json") return { status: 200, body: this.jwks };
    if (path === "/.well-known/openid-configuration" && this.discovery) return { status: 200, body: this.discovery };
    return { status: 404, text: "<html>", headers: { "content-type": "text/html" } };
  }

  /** @param {Asked} asked @returns {Reply} */
  #portico({ method, path, headers, body }) {
    const id = { "x-request-id": "request-1" };
    const allowed = this.origins.includes(String(headers.origin));
    const origin = allowed ? { "access-control-allow-origin": String(headers.origin) } : {};
    switch (path.startsWith(this.basePath) ? path.slice(this.basePath.length) : "") {
      case "/readyz":
        return { ...this.readiness, headers: id };
      case "/api/v1/account/balance":
        return { status: 401, body: { error: "unauthorized" }, headers: { ...id, ...origin } };
      case "/api/v1/account/billing-portal":
        return {
          status: method === "OPTIONS" ? 204 : 405,
          headers: {
            ...id,
            ...origin,
            ...(allowed && { "access-control-allow-methods": "POST", "access-control-allow-headers": "authorization, content-type, x-request-id" }),
          },
        };
      case "/api/v1/billing/webhook":
        return { ...this.#webhook(headers, body), headers: id };
      default:
        return { status: 404, body: { error: "not_found" }, headers: id };
    }
  }

  /** @param {http.IncomingHttpHeaders} headers @param {string} body @returns {Reply} */
  #webhook(headers, body) {
    if (this.secret === undefined) return { status: 404, body: { error: "not_found" } };
    const [, time, mac] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(String(headers["stripe-signature"])) ?? [];
    const expected = createHmac("sha256", this.secret).update(`${time}.${body}`).digest("hex");
    if (mac !== expected) return { status: 400, body: { error: "invalid_signature" } };
    const { livemode } = JSON.parse(body);
    return { status: 200, body: { received: true, outcome: livemode === this.live ? "ignored_type" : "ignored_mode" } };
  }
}

/**
 * A token.
 *
 * @param {object} header
 * @param {object} claims
 * @param {import("node:crypto").KeyObject} key
 */
export function signed(header, claims, key) {
  const part = /** @param {object} value */ (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`;
}

/** @param {any[]} data @returns {Reply} */
function list(data) {
  return { status: 200, body: { object: "list", url: "/v1/list", has_more: false, data } };
}

/** @param {number} status @param {object} error @returns {Reply} */
function refused(status, error) {
  return { status, body: { error: { type: "invalid_request_error", ...error } } };
}

/** The permission that Stripe wants for a call. @param {string} method @param {string} path */
function permissionOf(method, path) {
  const [, , kind, second] = path.split("/");
  const access = method === "GET" ? "read" : "write";
  const resource = /** @type {Record<string, string>} */ ({
    customers: "customer",
    subscriptions: "subscription",
    checkout: "checkout_session",
    invoices: "invoice",
    charges: "charge",
    prices: "price",
    products: "product",
    webhook_endpoints: "webhook",
    events: "event",
    billing_portal: second === "configurations" ? "customer_portal_configuration" : "customer_portal",
    core: "event_destination",
  })[kind ?? ""];
  return `rak_${resource}_${access}`;
}
