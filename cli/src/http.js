/** HTTP, one exchange at a time, without redirections: they would carry a secret to another place. */

import http from "node:http";
import https from "node:https";

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {http.IncomingHttpHeaders} headers
 * @property {string[]} rawHeaders Names and values in turn, as they came.
 * @property {string} text
 * @property {any} json The body, where it is JSON.
 * @property {import("node:tls").PeerCertificate | undefined} certificate The server's, where there is TLS.
 * @property {string | undefined} tlsVersion
 */

/**
 * @typedef {object} Lost There was no answer.
 * @property {string} lost What happened, without an address and without a secret.
 * @property {string} code Node's code of the error.
 */

/** How long an exchange may take. Portico itself gives up after its `stripe_timeout_ms`. */
const TIMEOUT_MS = 60_000;

/** The most bytes of an answer that are read. */
const MAX_BYTES = 8 * 1024 * 1024;

const agents = {
  "http:": new http.Agent({ keepAlive: true }),
  "https:": new https.Agent({ keepAlive: true }),
};

/**
 * Sends a request and reads the whole answer.
 *
 * @param {string} address
 * @param {{ method?: string, headers?: http.OutgoingHttpHeaders, body?: string, timeout?: number }} [request]
 * @returns {Promise<Answer | Lost>}
 */
export function exchange(address, { method = "GET", headers = {}, body, timeout = TIMEOUT_MS } = {}) {
  const url = new URL(address);
  const secure = url.protocol === "https:";
  return new Promise((resolve) => {
    /** @param {any} error */
    const lose = (error) => resolve({ lost: describe(error?.code ?? ""), code: error?.code ?? "" });
    const options = {
      method,
      headers: { "user-agent": "portico-cli", ...headers },
      agent: agents[secure ? "https:" : "http:"],
      signal: AbortSignal.timeout(timeout),
    };
    const request = (secure ? https : http).request(url, options, (response) => {
      const socket = response.socket;
      const tls = "getPeerCertificate" in socket ? /** @type {import("node:tls").TLSSocket} */ (socket) : undefined;
      const certificate = tls?.getPeerCertificate();
      const tlsVersion = tls?.getProtocol() ?? undefined;
      /** @type {Buffer[]} */
      const chunks = [];
      let length = 0;
      response.on("data", (/** @type {Buffer} */ chunk) => {
        length += chunk.length;
        if (length > MAX_BYTES) response.destroy(Object.assign(new Error(), { code: "TOO_LONG" }));
        chunks.push(chunk);
      });
      response.on("error", lose);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const { statusCode: status = 0, headers, rawHeaders } = response;
        resolve({ status, headers, rawHeaders, text, json: parsed(text), certificate, tlsVersion });
      });
    });
    request.on("error", lose);
    request.end(body);
  });
}

/**
 * Whether an answer came.
 *
 * @param {Answer | Lost} outcome
 * @returns {outcome is Answer}
 */
export function isAnswer(outcome) {
  return "status" in outcome;
}

/**
 * JSON, or `undefined`.
 *
 * @param {string} text
 */
export function parsed(text) {
  try {
    // RFC 8259, section 8.1: a byte order mark may be ignored.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

/**
 * An answer for a message: the status, the code of an error and the request's identifier. A server's own words stay
 * out, because they can have parts of keys in them.
 *
 * @param {number} status
 * @param {...unknown} more
 */
export function told(status, ...more) {
  const words = more.filter((word) => typeof word === "string" && /^[\w.-]{1,100}$/.test(word));
  return [status, ...words].join(" ");
}

/**
 * Describes a failure by its code, and so without the address, which can have a customer in it.
 *
 * @param {string} code
 */
function describe(code) {
  if (["ABORT_ERR", "ETIMEDOUT", "ESOCKETTIMEDOUT"].includes(code)) return "it took too long";
  if (["ENOTFOUND", "EAI_AGAIN"].includes(code)) return "the host is not found";
  if (code === "ECONNREFUSED") return "the connection was refused";
  if (code === "TOO_LONG") return "the answer is too long";
  if (isTlsProblem(code)) return `TLS failed (${code})`;
  return "the connection failed";
}

/**
 * Whether a code is one of OpenSSL's or Node's for a certificate or a handshake.
 *
 * @param {string} code
 */
export function isTlsProblem(code) {
  return /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH)/.test(code);
}
