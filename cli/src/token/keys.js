/** Which keys Portico can use, and why it passes over the others. */

import { createPublicKey } from "node:crypto";

import { parsed } from "../http.js";

/** @import { KeyObject } from "node:crypto" */

/** @typedef {{ id: string | undefined, algorithm: string, key: KeyObject }} Key */
/** @typedef {{ keys: Key[], passedOver: { id: string | undefined, reason: string, expected: boolean }[] }} KeySet */

/** The bits that an RSA key may have. */
const RSA_BITS = { least: 2048, most: 4096 };

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
  const key = publicKey(kty === "EC" ? { ...jwk, x: padded(jwk.x, kind.bytes), y: padded(jwk.y, kind.bytes) } : jwk);
  if (!key) return passed("its members do not make a key");
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && (bits < RSA_BITS.least || bits > RSA_BITS.most)) {
    return passed(`it has ${bits} bits, and RSA keys need ${RSA_BITS.least} to ${RSA_BITS.most}`);
  }
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
 * Reads the variable `jwt_public_keys`: PEM blocks, also with lines of any length or none, and JWK documents.
 * `undefined` where something in it is neither.
 *
 * @param {string} text
 * @returns {KeySet | undefined}
 */
export function readPublicKeys(text) {
  /** @type {KeySet} */
  const set = { keys: [], passedOver: [] };
  const block = /-----BEGIN (RSA )?PUBLIC KEY-----(.*?)-----END (?:RSA )?PUBLIC KEY-----/gs;
  const rest = text
    .replace(/^["'\uFEFF]+|["']+$/g, "")
    .replace(block, (_, rsa, body) => {
      const der = Buffer.from(body.replace(/\\[rn]|\s/g, ""), "base64");
      const key = publicKey(undefined, { key: der, format: "der", type: rsa ? "pkcs1" : "spki" });
      const read = key ? readJwk(key.export({ format: "jwk" })) : { reason: "it is no public key", expected: false };
      if ("key" in read) set.keys.push({ ...read, id: undefined });
      else set.passedOver.push({ id: undefined, ...read });
      return "";
    })
    .replace(/\\[rn]/g, " ")
    .trim();
  if (rest === "") return set;
  const document = parsed(rest);
  const more = readJwks(document?.kty ? { keys: [document] } : document);
  return more && { keys: [...set.keys, ...more.keys], passedOver: [...set.passedOver, ...more.passedOver] };
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
