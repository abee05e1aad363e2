/** Which keys Portico can use, and why it passes over the others. */

import { createPublicKey } from "node:crypto";

import { parsed } from "../http.js";

/** @import { KeyObject } from "node:crypto" */

/** @typedef {{ id: string | undefined, algorithm: string, key: KeyObject }} Key */
/** @typedef {{ keys: Key[], passedOver: { id: string | undefined, reason: string, expected: boolean }[] }} KeySet */

/** The bits that an RSA key may have. */
const RSA_BITS = { least: 2048, most: 4096 };

/** How many keys Portico tries for one token. */
export const MOST_TRIED = 16;

/** What copying puts between keys: blanks, quotes, a byte order mark, and line breaks that are spelled out. */
const SPACE = /^(?:[\s"']|\\+[nrt])+/;

/** The same between the markers of a PEM block, where no quote can be. */
const BREAKS = /\s|\\+[nrt]/g;

/** A PEM block with a public key, at the beginning of a text. */
const PEM =
  /^-----\s*BEGIN\s+(?<type>RSA\s+)?PUBLIC\s+KEY\s*-----(?<body>[^-]*)-----\s*END\s+(?<end>RSA\s+)?PUBLIC\s+KEY\s*-----/;

/** The types and curves of keys, each with the algorithm that Portico binds it to and the bytes of a coordinate. */
const KINDS = /** @type {Record<string, { algorithm: string, bytes: number } | undefined>} */ ({
  RSA: { algorithm: "RS256", bytes: 0 },
  "EC P-256": { algorithm: "ES256", bytes: 32 },
  "EC P-384": { algorithm: "ES384", bytes: 48 },
  "OKP Ed25519": { algorithm: "EdDSA", bytes: 0 },
});

/**
 * Reads a JWK Set; `undefined` if it is none.
 *
 * @param {any} document
 * @returns {KeySet | undefined}
 */
export function readJwks(document) {
  if (!Array.isArray(document?.keys)) return undefined;
  /** @type {KeySet} */
  const set = { keys: [], passedOver: [] };
  for (const jwk of document.keys) {
    const read = readJwk(jwk);
    if ("key" in read) set.keys.push(read);
    else set.passedOver.push({ id: typeof jwk?.kid === "string" ? jwk.kid : undefined, ...read });
  }
  return set;
}

/**
 * Reads a key, or says why Portico passes over it. It is expected of keys that are not for signatures.
 *
 * @param {any} jwk
 * @returns {Key | { reason: string, expected: boolean }}
 */
export function readJwk(jwk) {
  /** @param {string} reason */
  const passed = (reason, expected = false) => ({ reason, expected });
  if (typeof jwk !== "object" || jwk === null) return passed("it is no object");
  const { kty, crv, kid, use, alg, key_ops: operations } = jwk;
  if (use != null && use !== "sig") return passed(`its use is ${JSON.stringify(use)} and not "sig"`, use === "enc");
  if (operations != null && !(Array.isArray(operations) && operations.includes("verify"))) {
    return passed("its key_ops do not include verify");
  }
  if (kid != null && typeof kid !== "string") return passed("its kid is not text");
  const name = kty === "RSA" ? "RSA" : `${kty}${crv == null ? "" : ` ${crv}`}`;
  const kind = KINDS[name];
  if (!kind) return passed(`it is of the type ${name}`);
  if (alg != null && algorithmOf(alg) !== kind.algorithm) {
    return passed(`its alg is ${JSON.stringify(alg)}, and of such keys Portico takes ${kind.algorithm}`);
  }
  const numbers = [jwk.n, jwk.e, jwk.x, jwk.y].filter((number) => number != null);
  if (!numbers.every(isBase64url)) return passed("a number of it is not base64url");
  const key = publicKey(kty === "EC" ? { ...jwk, x: padded(jwk.x, kind.bytes), y: padded(jwk.y, kind.bytes) } : jwk);
  if (!key) return passed("its members do not make a key");
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && (bits < RSA_BITS.least || bits > RSA_BITS.most)) {
    return passed(`it has ${bits} bits, and RSA keys need ${RSA_BITS.least} to ${RSA_BITS.most}`);
  }
  const exponent = key.asymmetricKeyDetails?.publicExponent;
  if (exponent !== undefined && exponent !== 65537n) return passed("its exponent is not 65537");
  return { id: kid ?? undefined, algorithm: kind.algorithm, key };
}

/**
 * The algorithm that a name means; `undefined` for one that Portico does not verify. Ed25519 has two names.
 *
 * @param {unknown} name
 */
export function algorithmOf(name) {
  if (name === "Ed25519") return "EdDSA";
  const known = ["HS256", "RS256", "ES256", "ES384", "EdDSA"];
  return typeof name === "string" && known.includes(name) ? name : undefined;
}

/**
 * Reads the variable `jwt_public_keys`: PEM blocks, JWKs and JWK Sets, one behind the other, with what copying puts before
 * and between them. `problem` says why Portico does not take the variable.
 *
 * @param {string} text
 * @returns {KeySet & { problem: string | undefined }}
 */
export function readPublicKeys(text) {
  /** @type {KeySet} */
  const set = { keys: [], passedOver: [] };
  /** @param {string} [problem] */
  const ended = (problem) => ({ ...set, problem });
  let rest = text;
  while ((rest = rest.replace(SPACE, "")) !== "") {
    const pem = PEM.exec(rest);
    const part = pem?.[0] ?? rest.slice(0, endOfObject(rest));
    if (pem?.groups) {
      const { type, body = "", end } = pem.groups;
      if (!type !== !end) return ended("has a PEM block that does not end as it begins");
      const read = readPem(body, type ? "pkcs1" : "spki");
      if (!("key" in read)) return ended(`has a PEM key that cannot be used: ${read.reason}`);
      set.keys.push({ ...read, id: undefined });
    } else {
      const document = parsed(part);
      const more = readJwks(document?.kty ? { keys: [document] } : document);
      if (!more) return ended("is neither PEM nor a JWKS");
      set.keys.push(...more.keys);
      set.passedOver.push(...more.passedOver);
    }
    rest = rest.slice(part.length);
  }
  if (set.keys.filter(({ id }) => id === undefined).length > MOST_TRIED) {
    return ended(`has more than ${MOST_TRIED} keys without a kid`);
  }
  return ended(set.keys.length > 0 ? undefined : `has no usable key: ${set.passedOver[0]?.reason ?? "it is empty"}`);
}

/**
 * Reads the key between the markers of a PEM block, or says why Portico does not take it.
 *
 * @param {string} body
 * @param {"pkcs1" | "spki"} type
 */
function readPem(body, type) {
  const base64 = body.replace(BREAKS, "");
  const der = Buffer.from(base64, "base64");
  if (der.toString("base64") !== base64) return { reason: "it is not whole, or not base64", expected: false };
  const key = publicKey(undefined, { key: der, format: "der", type });
  if (!key) return { reason: "it is no public key", expected: false };
  try {
    return readJwk(key.export({ format: "jwk" }));
  } catch {
    // Node reads more kinds of keys than it can write.
    return { reason: `it is of the type ${key.asymmetricKeyType}`, expected: false };
  }
}

/**
 * Where the JSON object ends that a text begins with.
 *
 * @param {string} text
 */
function endOfObject(text) {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:\\.|[^"\\])*"|[{}]/gs)) {
    if (token === "{") depth += 1;
    if (token === "}" && --depth === 0) return index + 1;
  }
  return text.length;
}

/**
 * Whether a value is base64url as JOSE writes it: without padding, and with no bits to spare.
 *
 * @param {unknown} text
 */
function isBase64url(text) {
  return typeof text === "string" && Buffer.from(text, "base64url").toString("base64url") === text;
}

/**
 * A coordinate in its full length: some issuers leave leading zeros out, and some write one too many.
 *
 * @param {unknown} text
 * @param {number} bytes
 */
function padded(text, bytes) {
  if (typeof text !== "string") return undefined;
  let value = Buffer.from(text, "base64url");
  if (value.length === bytes + 1 && value[0] === 0) value = value.subarray(1);
  if (value.length > bytes) return undefined;
  return Buffer.concat([Buffer.alloc(bytes - value.length), value]).toString("base64url");
}

/**
 * @param {any} jwk
 * @param {import("node:crypto").PublicKeyInput} [input]
 */
function publicKey(jwk, input) {
  try {
    if (input) return createPublicKey(input);
    const { kty, crv, n, e, x, y } = jwk;
    return createPublicKey({ key: { kty, crv, n, e, x, y }, format: "jwk" });
  } catch {
    return undefined;
  }
}
