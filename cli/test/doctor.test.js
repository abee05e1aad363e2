/** `portico doctor`, against a world in which one thing is wrong. */

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { CHECKS } from "../src/doctor/checks.js";
import { main } from "../src/main.js";
import { SECRET } from "./tools/run.js";
import { KEY, World, signed } from "./tools/world.js";

/**
 * @typedef {object} Planted A misconfiguration.
 * @property {string} name
 * @property {(world: World) => void} plant
 * @property {string[]} checks The checks that find it.
 * @property {RegExp} line What the line says.
 * @property {string[]} [args]
 * @property {(world: World) => string} [token]
 * @property {Record<string, string>} [env]
 */

/** @param {World} world @param {Pick<Planted, "args" | "token" | "env">} [planted] */
async function examine(world, { args = [], token, env = {} } = {}) {
  let [output, errors] = ["", ""];
  const folder = mkdtempSync(join(tmpdir(), "portico-doctor-"));
  try {
    const file = join(folder, "token");
    const text = token?.(world);
    if (text !== undefined) writeFileSync(file, text);
    const desk = {
      env: { ...world.env(), ...env },
      print: (/** @type {string} */ text) => void (output += text),
      tell: (/** @type {string} */ text) => void (errors += `${text}\n`),
    };
    const given = ["--api-base", world.stripe.address, "--portico", world.portico.address, "--env"];
    const code = await main(["doctor", ...given, ...(text === undefined ? [] : ["--token", file]), ...args], desk);
    for (const secret of [KEY, SECRET, "4eC39HqLyjWDarj", ...(text ? [text] : [])]) {
      assert.ok(!(output + errors).includes(secret), `the doctor shows ${secret}: ${output}${errors}`);
    }
    return { code, output, errors };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The portal's configuration. @param {World} world */
const portal = (world) => world.configurations[0];

/** The webhook endpoint that leads to Portico. @param {World} world */
const endpoint = (world) => world.endpoints[0];

/** @type {Planted[]} */
const PLANTED = [
  {
    name: "a required setting is empty",
    plant: (world) => void (world.settings.jwt_audience = ""),
    checks: ["settings-required"],
    line: /^error settings-required: jwt_audience has no value/m,
  },
  {
    name: "an outbound host is a line break",
    plant: (world) => void (world.settings.counter_redis = "\n"),
    checks: ["settings-blank"],
    line: /counter_redis consists of white space/,
  },
  {
    name: "stripe_api_base leads elsewhere",
    plant: (world) => void (world.settings.stripe_api_base = "http://127.0.0.1:12111"),
    checks: ["settings-stripe"],
    line: /stripe_api_base is not http/,
  },
  {
    name: "the frontend is without TLS beside a live key",
    plant: (world) => {
      world.settings.frontend_url = "http://app.example.com";
      world.origins = ["http://app.example.com"];
    },
    checks: ["settings-frontend"],
    line: /frontend_url is http:\/\/app\.example\.com, without TLS, and the key is live/,
  },
  {
    name: "no source of keys is set",
    plant: (world) => void (world.settings.jwt_jwks_origin = ""),
    checks: ["settings-keys"],
    line: /none of jwt_hs256_secret, jwt_public_keys and jwt_jwks_origin is set/,
  },
  {
    name: "several issuers share several sources of keys",
    plant: (world) => void (world.settings.jwt_issuer += ",other"),
    env: { SPIN_VARIABLE_JWT_HS256_SECRET: "0123456789abcdef0123456789abcdef" },
    checks: ["settings-keys"],
    line: /there are several sources of keys/,
  },
  {
    name: "roles are listed and no claim has them",
    plant: (world) => void (world.settings.billing_roles = "owner"),
    checks: ["settings-roles"],
    line: /jwt_role_claim is empty/,
  },
  {
    name: "the key was rolled",
    plant: (world) => void (world.key = "rk_live_old4eC39HqLyjWDarj"),
    checks: ["key-accepted"],
    line: /Stripe refuses the key: Stripe answered 401/,
  },
  {
    name: "Stripe is not reached",
    plant: (world) => world.stripe.stop(),
    checks: ["key-accepted"],
    line: /Stripe is not reached from here/,
  },
  ...[
    ["rak_customer_portal_write", /the key lacks Customer portal: Write \(rak_customer_portal_write\)/],
    ["rak_subscription_read", /the key lacks Subscriptions: Read/],
    ["rak_checkout_session_read", /the key lacks Checkout Sessions: Read/],
    ["rak_checkout_session_write", /the key lacks Checkout Sessions: Write/],
    ["rak_customer_read", /the key lacks Customers: Read/],
    ["rak_customer_write", /the key lacks Customers: Write/],
    ["rak_invoice_read", /the key lacks Invoices: Read/],
    ["rak_charge_read", /the key lacks Charges: Read/],
  ].map(([permission, line]) => ({
    name: `the key lacks ${permission}`,
    plant: /** @param {World} world */ (world) => void world.denied.add(String(permission)),
    checks: ["key-permissions"],
    line: /** @type {RegExp} */ (line),
  })),
  ...[
    ["rak_customer_portal_configuration_read", "portal-configuration", /the portal's configurations could not be read/],
    ["rak_price_read", "price-exists", /the prices could not be read/],
    ["rak_webhook_read", "webhook-endpoint", /the webhook endpoints could not be read.*\(rak_webhook_read\)/],
    ["rak_event_read", "webhook-failures", /the events could not be read/],
  ].map(([permission, check, line]) => ({
    name: `the operator's key lacks ${permission}, so that something is unchecked`,
    plant: /** @param {World} world */ (world) => void world.denied.add(String(permission)),
    checks: check === "price-exists" ? ["price-exists", "plan-matchers"] : [String(check)],
    line: /** @type {RegExp} */ (line),
  })),
  {
    name: "the running Portico has a key of the other mode",
    plant: (world) => void (world.live = false),
    checks: ["key-mode"],
    line: /STRIPE_API_KEY is of the live mode, and the running Portico of the other/,
  },
  {
    name: "Stripe does not know the API version",
    plant: (world) => void (world.settings.stripe_api_version = "2099-01-01"),
    checks: ["api-version"],
    line: /Stripe does not know stripe_api_version/,
  },
  {
    name: "the API version is too old for portal_recovery_hours",
    plant: (world) => {
      world.settings.stripe_api_version = "2026-01-28.clover";
      world.settings.portal_recovery_hours = "24";
    },
    checks: ["api-version"],
    line: /portal_recovery_hours needs an API version from/,
  },
  {
    name: "the portal was never configured",
    plant: (world) => void (world.configurations = []),
    checks: ["portal-configuration"],
    line: /the portal has no configuration in this mode/,
  },
  {
    name: "stripe_portal_configuration names none that exists",
    plant: (world) => void (world.settings.stripe_portal_configuration = "bpc_gone"),
    checks: ["portal-configuration"],
    line: /names bpc_gone: Stripe has none of this name/,
  },
  {
    name: "the portal's configuration is not active",
    plant: (world) => void (portal(world).active = false),
    checks: ["portal-configuration"],
    line: /the configuration bpc_1 is not active/,
  },
  {
    name: "customers cannot cancel",
    plant: (world) => void (portal(world).features.subscription_cancel.enabled = false),
    checks: ["portal-cancel"],
    line: /cancelling is off/,
  },
  {
    name: "customers cannot change the card",
    plant: (world) => void (portal(world).features.payment_method_update.enabled = false),
    checks: ["portal-payment-method"],
    line: /changing the payment method is off/,
  },
  {
    name: "a page leads to a flow that is off",
    plant: () => undefined,
    args: ["--flows", "subscription_pause"],
    checks: ["portal-flows"],
    line: /the flow subscription_pause is off/,
  },
  {
    name: "a page leads to switching plans, and the portal allows other quantities alone",
    plant: (world) => void (portal(world).features.subscription_update.default_allowed_updates = ["quantity"]),
    args: ["--flows", "subscription_update"],
    checks: ["portal-flows"],
    line: /the flow subscription_update cannot change the price/,
  },
  {
    name: "a price for sale is not among the portal's products",
    plant: (world) => portal(world).features.subscription_update.products[0].prices.pop(),
    checks: ["portal-prices"],
    line: /^warning portal-prices: yearly \(price_year\) is not in the portal's products/m,
  },
  {
    name: "a price for sale does not exist",
    plant: (world) => void (world.settings.checkout_prices = "monthly=price_none"),
    checks: ["price-exists"],
    line: /monthly is no price at Stripe/,
  },
  {
    name: "a price for sale is of the other mode",
    plant: (world) => {
      world.settings.checkout_prices = "monthly=price_test";
      world.inOtherMode = ["price_test"];
    },
    checks: ["price-exists"],
    line: /monthly is a price of the other mode/,
  },
  {
    name: "a price for sale is archived",
    plant: (world) => {
      world.prices[0].active = false;
      world.settings.plans = "paid=*";
    },
    checks: ["price-active"],
    line: /monthly \(price_month\) is archived/,
  },
  {
    name: "the product of a price is archived",
    plant: (world) => void (world.product.active = false),
    checks: ["price-active", "price-active"],
    line: /monthly \(price_month\) has an archived product/,
  },
  {
    name: "a price for sale is paid once",
    plant: (world) => void (world.prices[1].recurring = null),
    checks: ["price-recurring"],
    line: /yearly \(price_year\) is paid once/,
  },
  {
    name: "a price for sale is metered",
    plant: (world) => void (world.prices[1].recurring.usage_type = "metered"),
    checks: ["price-quantity"],
    line: /yearly \(price_year\) is metered/,
  },
  {
    name: "a price for sale gives no plan",
    plant: (world) => void (world.settings.plans = "pro=pro_monthly"),
    checks: ["price-plan"],
    line: /yearly \(price_year\) fits no plan of plans/,
  },
  {
    name: "a price for sale names a plan that Portico does not know",
    plant: (world) => {
      world.settings.plans = "pro=pro_monthly";
      world.prices.find(({ id }) => id === "price_year").metadata = { portico_plan: "Pro" };
    },
    checks: ["price-plan"],
    line: /yearly \(price_year\) fits no plan of plans/,
  },
  {
    name: "plans cannot be read",
    plant: (world) => void (world.settings.plans = "pro"),
    checks: ["plan-matchers"],
    line: /plans cannot be read/,
  },
  {
    name: "plans names a product that does not exist",
    plant: (world) => void (world.settings.plans = "team=prod_team,paid=*"),
    checks: ["plan-matchers"],
    line: /Stripe has no prod_team, which plans names/,
  },
  {
    name: "plans names a lookup key that no price has",
    plant: (world) => void (world.settings.plans = "team=team_monthly,paid=*"),
    checks: ["plan-matchers"],
    line: /Stripe has no lookup key team_monthly/,
  },
  {
    name: "no endpoint leads to the webhook",
    plant: (world) => void world.endpoints.shift(),
    checks: ["webhook-endpoint"],
    line: /no endpoint leads to http:\/\/127\.0\.0\.1:\d+\/api\/v1\/billing\/webhook/,
  },
  {
    name: "the endpoint's address has a slash too many",
    plant: (world) => void (endpoint(world).url += "/"),
    checks: ["webhook-endpoint"],
    line: /we_1 leads to http:\/\/127.*\/webhook\/, which is another address/,
  },
  {
    name: "two endpoints lead to the webhook",
    plant: (world) => void world.endpoints.push({ ...endpoint(world), id: "we_3" }),
    checks: ["webhook-endpoint"],
    line: /we_1, we_3 lead to the same address/,
  },
  {
    name: "the endpoint is disabled",
    plant: (world) => void (endpoint(world).status = "disabled"),
    checks: ["webhook-enabled"],
    line: /we_1 is disabled/,
  },
  {
    name: "the endpoint lacks events",
    plant: (world) => {
      const { enabled_events: events } = endpoint(world);
      events.splice(events.indexOf("customer.subscription.paused"), 1);
    },
    checks: ["webhook-events"],
    line: /we_1 does not get customer\.subscription\.paused/,
  },
  {
    name: "the endpoint gets all events",
    plant: (world) => void (endpoint(world).enabled_events = ["*"]),
    checks: ["webhook-superfluous"],
    line: /we_1 gets all events/,
  },
  {
    name: "the endpoint gets events that do not concern Portico",
    plant: (world) => void endpoint(world).enabled_events.push("invoice.paid"),
    checks: ["webhook-superfluous"],
    line: /we_1 gets invoice\.paid as well/,
  },
  {
    name: "the destination sends thin events",
    plant: (world) => {
      const { url, enabled_events: events } = endpoint(world);
      world.endpoints.shift();
      world.destinations = [
        {
          id: "ed_1",
          object: "v2.core.event_destination",
          status: "enabled",
          event_payload: "thin",
          events_from: ["@self"],
          enabled_events: events.map((/** @type {string} */ type) => `v1.${type}`),
          webhook_endpoint: { url },
        },
      ];
    },
    checks: ["webhook-payload"],
    line: /ed_1 sends thin events/,
  },
  {
    name: "the endpoint is for connected accounts",
    plant: (world) => void (endpoint(world).application = "ca_1"),
    checks: ["webhook-source"],
    line: /we_1 gets the events of connected accounts/,
  },
  {
    name: "deliveries fail",
    plant: (world) => {
      const created = Math.floor(Date.now() / 1000);
      world.undelivered = [
        { id: "evt_1", object: "event", created: created - 3600, pending_webhooks: 1 },
        { id: "evt_2", object: "event", created, pending_webhooks: 1 },
      ];
    },
    checks: ["webhook-failures"],
    line: /one event has not been delivered to every endpoint/,
  },
  {
    name: "Portico has another signing secret",
    plant: (world) => void (world.secret = "whsec_other"),
    checks: ["webhook-secret"],
    line: /Portico refuses the signature/,
  },
  {
    name: "Portico has no signing secret",
    plant: (world) => void (world.secret = undefined),
    checks: ["webhook-secret"],
    line: /Portico has no webhook: stripe_webhook_secrets is empty/,
  },
  {
    name: "the JWKS is not there",
    plant: (world) => void (world.settings.jwt_jwks_path = "/jwks"),
    checks: ["jwks-reachable", "jwks-address"],
    line: /the address of the JWKS answers 404/,
  },
  {
    name: "the JWKS is redirected",
    plant: (world) =>
      void world.provider.instead.set("/.well-known/jwks.json", {
        status: 302,
        headers: { location: "https://login.example.com/keys?secret=1" },
      }),
    checks: ["jwks-reachable"],
    line: /redirected \(302\) to https:\/\/login\.example\.com\/keys, and/,
  },
  {
    name: "a page is at the address of the JWKS",
    plant: (world) => void world.provider.instead.set("/.well-known/jwks.json", { status: 200, text: "<html>" }),
    checks: ["jwks-reachable"],
    line: /what is at the address of the JWKS is none/,
  },
  {
    name: "the identity provider is not reached",
    plant: (world) => world.provider.stop(),
    checks: ["jwks-reachable"],
    line: /the JWKS cannot be fetched: the connection was refused/,
  },
  {
    name: "no key of the JWKS can be used",
    plant: (world) => void (world.jwks = { keys: [/** @type {any} */ ({ ...world.jwks.keys[0], alg: "PS256" })] }),
    checks: ["jwks-keys"],
    line: /no key of the JWKS can be used \(key-1: its alg is "PS256"/,
  },
  {
    name: "a key of the JWKS is passed over",
    plant: (world) => {
      const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" });
      world.jwks.keys.push({ ...small, kid: "small", use: "sig", alg: "RS256" });
    },
    checks: ["jwks-passed-over"],
    line: /the key small is passed over: it has 1024 bits/,
  },
  {
    name: "jwt_public_keys is a certificate",
    plant: (world) =>
      void (world.settings.jwt_public_keys = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"),
    checks: ["public-keys"],
    line: /jwt_public_keys is neither PEM nor a JWKS/,
  },
  {
    name: "the issuer has a slash at its end",
    plant: (world) => void (world.discovery = { ...world.discovery, issuer: `${world.provider.address}/` }),
    checks: ["issuer"],
    line: /and the provider says .*copy it to the letter, with the slash at the end/,
  },
  {
    name: "the provider's keys are elsewhere",
    plant: (world) =>
      void (world.discovery = {
        ...world.discovery,
        issuer: world.provider.address,
        jwks_uri: "https://keys.example.com/v1/keys",
      }),
    checks: ["jwks-address"],
    line: /set jwt_jwks_origin to https:\/\/keys\.example\.com and jwt_jwks_path to \/v1\/keys/,
  },
  {
    name: "the token has expired",
    plant: () => undefined,
    token: (world) => world.token({ exp: Math.floor(Date.now() / 1000) - 3600 }),
    checks: ["token"],
    line: /the token's exp: it expired 60 min ago/,
  },
  {
    name: "the token is for another audience",
    plant: () => undefined,
    token: (world) => world.token({ aud: ["other", "userinfo"] }),
    checks: ["token"],
    line: /the token's aud: \["other","userinfo"\] is not in jwt_audience \(portico\)/,
  },
  {
    name: "the token is of another issuer, whose keys are not known",
    plant: () => undefined,
    token: () =>
      signed(
        { alg: "RS256", kid: "key-9" },
        { iss: "https://else.example.com/", aud: "portico", sub: "u", exp: 4e9 },
        generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
      ),
    checks: ["token", "token"],
    line: /the token's signature: no key has the algorithm "RS256" and the kid "key-9"; there are: key-1 \(RS256\)/,
  },
  {
    name: "the token is opaque",
    plant: () => undefined,
    token: () => "0123456789abcdef",
    checks: ["token"],
    line: /the token's form: it is not three parts/,
  },
  {
    name: "the token's user has no role for billing",
    plant: (world) => {
      world.settings.billing_roles = "owner,billing";
      world.settings.jwt_role_claim = "/org/role";
    },
    token: (world) => world.token({ org: { role: "member" } }),
    checks: ["token"],
    line: /the token's role: \/org\/role is "member", and has none of billing_roles/,
  },
  {
    name: "Portico is not reached",
    plant: (world) => world.portico.stop(),
    checks: ["portico-reachable"],
    line: /there is no answer: the connection was refused/,
  },
  {
    name: "something else answers at the address",
    plant: (world) => {
      for (const path of [
        "/readyz",
        "/api/v1/account/balance",
        "/api/v1/account/billing-portal",
        "/api/v1/billing/webhook",
      ]) {
        world.portico.instead.set(path, { status: 200, text: "<html>", headers: { "content-type": "text/html" } });
      }
    },
    checks: ["portico-routes"],
    line: /something else answers there \(200\)/,
  },
  {
    name: "base_path is missing in the address",
    plant: (world) => {
      world.basePath = "/billing";
      endpoint(world).url = `${world.portico.address}/billing/api/v1/billing/webhook`;
    },
    checks: ["webhook-endpoint", "portico-routes"],
    line: /Portico does not know the route there/,
  },
  {
    name: "Portico is not ready",
    plant: (world) => {
      const checks = {
        config: "frontend_url must begin with https:// or http://",
        keys: "ok",
        store: "the store `default` cannot be opened",
      };
      world.readiness = { status: 503, body: { status: "unready", checks } };
    },
    checks: ["portico-ready", "portico-ready"],
    line: /portico-ready: store: the store `default` cannot be opened/,
  },
  {
    name: "a proxy keeps /readyz from the public",
    plant: (world) => void world.portico.instead.set("/readyz", { status: 403, text: "" }),
    checks: ["portico-ready"],
    line: /^unchecked portico-ready: \/readyz is not to be seen from here \(403\)/m,
  },
  {
    name: "the frontend's origin is not allowed",
    plant: (world) => void (world.origins = ["https://www.example.com"]),
    checks: ["cors-preflight"],
    line: /https:\/\/app\.example\.com is not allowed/,
  },
  {
    name: "a proxy answers preflights by itself",
    plant: (world) =>
      void world.portico.instead.set("/api/v1/account/billing-portal", {
        status: 200,
        headers: {
          "access-control-allow-origin": "https://app.example.com",
          "access-control-allow-methods": "POST",
          "access-control-allow-headers": "content-type",
        },
      }),
    checks: ["cors-preflight"],
    line: /the preflight's answer lacks the header authorization/,
  },
  {
    name: "a proxy adds a second Access-Control-Allow-Origin",
    plant: (world) =>
      void world.portico.instead.set("/api/v1/account/balance", {
        status: 401,
        body: { error: "unauthorized" },
        headers: [
          ["x-request-id", "1"],
          ["access-control-allow-origin", "https://app.example.com"],
          ["access-control-allow-origin", "*"],
        ],
      }),
    checks: ["cors-answer"],
    line: /answers have 2 of it/,
  },
  {
    name: "Portico's clock is wrong",
    plant: (world) => void (world.portico.ahead = -400_000),
    checks: ["clock"],
    line: /^error clock: Portico's clock is \d+ s behind Stripe's/m,
  },
];

test("a clean account gives no finding", async () => {
  const world = await new World().start();
  try {
    const { code, output, errors } = await examine(world, { token: (world) => world.token({}) });
    assert.equal(code, 0, output);
    assert.match(errors, new RegExp(`^${CHECKS.length} checks, and nothing found`));
    assert.ok(
      output.split("\n").every((line) => line === "" || /^token \w+: good, /.test(line)),
      output,
    );
    // It has changed nothing: what it has posted names objects that no account has, and an event that does nothing.
    const posted = world.stripe.asked
      .filter(({ method }) => method !== "GET")
      .map(({ path, body }) => `${path} ${body}`);
    assert.deepEqual(posted.sort(), [
      "/v1/billing_portal/sessions customer=cus_PorticoDoctor",
      "/v1/checkout/sessions/cs_test_PorticoDoctor/expire ",
      "/v1/customers/cus_PorticoDoctor ",
    ]);
  } finally {
    world.stop();
  }
});

for (const planted of PLANTED) {
  test(`the doctor finds that ${planted.name}`, async () => {
    const world = await new World().start();
    try {
      planted.plant(world);
      const { code, output } = await examine(world, planted);
      assert.equal(code, 3, output);
      assert.match(output, planted.line);
      const found = output
        .split("\n")
        .flatMap((line) => /^(?:error|warning|unchecked) ([a-z-]+): /.exec(line)?.[1] ?? []);
      assert.deepEqual([...new Set(found)], [...new Set(planted.checks)], output);
      for (const line of output.split("\n").filter((line) => !/^token|^$/.test(line))) {
        assert.match(line, /^\w+ [a-z-]+: .+\. Why: .+\. Remedy: .+\. https:\/\/\S+$/);
      }
    } finally {
      world.stop();
    }
  });
}

test("thirty misconfigurations and more are planted, each of another name", () => {
  const names = new Set(PLANTED.map(({ name }) => name));
  assert.equal(names.size, PLANTED.length);
  assert.ok(names.size >= 30);
});

test("findings and checks are to be had as JSON", async () => {
  const world = await new World().start();
  try {
    portal(world).features.subscription_cancel.enabled = false;
    const { code, output } = await examine(world, { args: ["--json"], token: (world) => world.token({}) });
    assert.equal(code, 3);
    const { findings, checks, token } = JSON.parse(output);
    assert.deepEqual(
      token.filter((/** @type {any} */ one) => one.part === "sub"),
      [{ part: "sub", good: true, text: "the user is user-1" }],
    );
    assert.deepEqual(Object.keys(findings[0]).sort(), ["check", "level", "link", "remedy", "what", "why"]);
    assert.deepEqual(
      findings.map((/** @type {any} */ one) => [one.check, one.level]),
      [["portal-cancel", "error"]],
    );
    assert.equal(checks.length, CHECKS.length);
  } finally {
    world.stop();
  }
});
