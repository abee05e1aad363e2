/** Stripe's own package, with a pace. It repeats calls, encodes them and reads the answers. */

import Stripe from "stripe";

import { wish } from "../portico/retry.js";

/** The version of the API, as Portico's own calls have it. */
export const API_VERSION = "2026-10-28.endive";

/** How long a call may take. */
const TIMEOUT_MS = 60_000;

/** How long all calls wait where a limit gives no time. */
const LIMITED_MS = 1000;

/**
 * A client that keeps a pace. With 429, all calls wait, and the call is made again as with other failures that pass.
 *
 * @param {object} options
 * @param {import("../secrets.js").ApiKey} options.key
 * @param {string} options.base
 * @param {import("../pace.js").Pace} [options.pace]
 * @param {number} [options.attempts]
 * @param {string} [options.apiVersion]
 * @returns {Stripe}
 */
export function connect({ key, base, pace, attempts = 1, apiVersion = API_VERSION }) {
  const url = new URL(base);
  const protocol = url.protocol === "http:" ? "http" : "https";
  return new Stripe(key.expose(), {
    apiVersion: /** @type {typeof API_VERSION} */ (apiVersion),
    protocol,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port || (protocol === "http" ? 80 : 443),
    timeout: TIMEOUT_MS,
    maxNetworkRetries: attempts - 1,
    telemetry: false,
    appInfo: { name: "portico-cli" },
    ...(pace && { httpClient: paced(pace) }),
  });
}

/**
 * Node's client of Stripe's package, with a pace.
 *
 * @param {import("../pace.js").Pace} pace
 */
function paced(pace) {
  const client = Stripe.createNodeHttpClient();
  const send = client.makeRequest.bind(client);
  client.makeRequest = async (...call) => {
    await pace.wait();
    const response = await send(...call);
    if (response.getStatusCode() === 429) {
      const headers = response.getHeaders();
      pace.hold(Math.max(LIMITED_MS, wish(String(headers["retry-after"]))));
      // Stripe's package does not repeat a plain 429 by itself.
      response.getHeaders = () => ({ ...headers, "stripe-should-retry": "true" });
    }
    return response;
  };
  return client;
}
