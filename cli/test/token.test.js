/** Keys and tokens, as Portico judges them. */

import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";

import { judgeToken, pointed, secretKey } from "../src/token/judge.js";
import { readJwk, readJwks, readPublicKeys } from "../src/token/keys.js";

const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 });
const P256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const P384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
const ED25519 = generateKeyPairSync("ed25519");

/** @param {{ publicKey: import("node:crypto").KeyObject }} pair @returns {any} */
const jwk = (pair) => pair.publicKey.export({ format: "jwk" });

const NOW = 1_800_000_000;

/** @type {any} */
const SETTINGS = {
  jwt_issuer: "https://issuer.example.com, other",
  jwt_audience: "portico",
  jwt_audience_claim: "aud",
  jwt_user_claim: "sub",
  jwt_role_claim: "",
  billing_roles: "",
  jwt_leeway_seconds: "30",
  max_token_bytes: "8192",
};

const CLAIMS = { iss: "https://issuer.example.com", aud: "portico", sub: "user-1", exp: NOW + 60 };

/** @param {object} value */
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** @param {object} header @param {object} claims @param {import("node:crypto").KeyObject} key @param {string | null} [hash] */
function signed(header, claims, key, hash = "sha256") {
  const input = `${part(header)}.${part(claims)}`;
  const signature = sign(hash, Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

test("each kind of key is bound to its algorithm, and verifies its tokens", async () => {
  for (const [pair, algorithm, hash] of /** @type {[any, string, string | null][]} */ ([
    [RSA, "RS256", "sha256"],
    [P256, "ES256", "sha256"],
    [P384, "ES384", "sha384"],
    [ED25519, "EdDSA", null],
  ])) {
    const key = readJwk({ ...jwk(pair), kid: "k" });
    assert.ok("key" in key);
    assert.equal(key.algorithm, algorithm);
    const token = signed({ alg: algorithm, kid: "k" }, CLAIMS, pair.privateKey, hash);
    const judged = await judgeToken(token, { settings: SETTINGS, keys: [key], now: NOW });
    assert.ok(judged.accepted, JSON.stringify(judged));
    assert.equal(judged.user, "user-1");
    const changed = await judgeToken(token.replace(/\.[^.]*\./, `.${part({ ...CLAIMS, sub: "user-2" })}.`), {
      settings: SETTINGS,
      keys: [key],
      now: NOW,
    });
    assert.deepEqual(
      changed.verdicts.filter(({ good }) => !good).map((one) => one.part),
      ["signature"],
    );
  }
});

test("a key that Portico passes over is told why", () => {
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const p521 = generateKeyPairSync("ec", { namedCurve: "P-521" });
  for (const [key, reason] of /** @type {[any, RegExp | undefined][]} */ ([
    [{ ...jwk(RSA), use: null, alg: null, key_ops: null, kid: null }, undefined],
    [{ ...jwk(RSA), use: "sig", key_ops: ["verify"], alg: "RS256" }, undefined],
    [{ ...jwk(ED25519), alg: "Ed25519" }, undefined],
    [{ ...jwk(RSA), use: "enc" }, /its use is "enc"/],
    [{ ...jwk(RSA), key_ops: ["sign"] }, /key_ops do not include verify/],
    [{ ...jwk(RSA), alg: "RS512" }, /its alg is "RS512", and of such keys Portico takes RS256/],
    [{ ...jwk(RSA), kid: 1 }, /its kid is not text/],
    [{ ...jwk(RSA), n: undefined }, /do not make a key/],
    [{ ...jwk(RSA), e: "Aw" }, /its exponent is not 65537/],
    [{ ...jwk(RSA), e: "AQAB=" }, /a number of it is not base64url/],
    [jwk(small), /it has 1024 bits/],
    [jwk(p521), /of the type EC P-521/],
    [{ kty: "oct", k: "c2VjcmV0" }, /of the type oct/],
    [null, /no object/],
  ])) {
    const read = readJwk(key);
    if (reason) assert.match("reason" in read ? read.reason : "", reason, JSON.stringify(key));
    else assert.ok("key" in read, JSON.stringify([key, read]));
  }
});

test("a coordinate may lack its leading zeros, or have one too many", () => {
  // A key whose x begins with a zero byte is one of 256.
  for (;;) {
    const key = jwk(generateKeyPairSync("ec", { namedCurve: "P-256" }));
    const x = Buffer.from(key.x, "base64url");
    if (x[0] !== 0) continue;
    const whole = readJwk(key);
    const shorter = readJwk({ ...key, x: x.subarray(1).toString("base64url") });
    const longer = readJwk({ ...key, x: Buffer.concat([Buffer.alloc(1), x]).toString("base64url") });
    assert.ok("key" in whole && "key" in shorter && "key" in longer);
    assert.ok(whole.key.equals(shorter.key) && whole.key.equals(longer.key));
    return;
  }
});

test("public keys are read in the forms in which they survive a copy", () => {
  const pem = String(RSA.publicKey.export({ format: "pem", type: "spki" }));
  const pkcs1 = String(RSA.publicKey.export({ format: "pem", type: "pkcs1" }));
  const set = JSON.stringify({ keys: [jwk(P256), jwk(ED25519)] });
  for (const [text, count] of /** @type {[string, number][]} */ ([
    [pem, 1],
    [pkcs1, 1],
    [pem + pkcs1, 2],
    [pem.replaceAll("\n", "\\n"), 1],
    [pem.replaceAll("\n", "\\r\\n"), 1],
    [pem.replaceAll("\n", " "), 1],
    [pem.replaceAll("\n", ""), 1],
    [`"${pem}"`, 1],
    [set, 2],
    [`\uFEFF${set}`, 2],
    [`${pem}\n${set}`, 3],
    [JSON.stringify(jwk(P384)), 1],
    [`'${set}\\n' ${JSON.stringify({ ...jwk(P384), kid: '}"{' })} "${pem}" "${pkcs1}"`, 5],
  ])) {
    const { keys, problem } = readPublicKeys(text);
    assert.deepEqual([keys.length, problem], [count, undefined], text);
  }
  const pemOf = (/** @type {any} */ { publicKey }) => publicKey.export({ format: "pem", type: "spki" });
  for (const [text, problem] of /** @type {[string, RegExp][]} */ ([
    ["x", /neither PEM nor a JWKS/],
    ["{}", /neither PEM nor a JWKS/],
    [`${set}{`, /neither PEM nor a JWKS/],
    ["-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----", /neither PEM nor a JWKS/],
    ["-----BEGIN PUBLIC KEY-----\nMII=\n-----END PUBLIC KEY-----", /cannot be used: it is no public key/],
    [pem.replace("M", ","), /cannot be used: it is not whole, or not base64/],
    [String(pemOf(ED25519)).replace("=", ""), /cannot be used: it is not whole, or not base64/],
    [pem.replace("END", "END RSA"), /does not end as it begins/],
    [pem.replace(/-----END.*/, "") + pem, /neither PEM nor a JWKS/],
    [pem + pemOf(generateKeyPairSync("rsa", { modulusLength: 1024 })), /cannot be used: it has 1024 bits/],
    [pemOf(generateKeyPairSync("rsa-pss", { modulusLength: 2048 })), /cannot be used: it is of the type rsa-pss/],
    [pemOf(generateKeyPairSync("ec", { namedCurve: "secp224r1" })), /cannot be used: it is of the type ec/],
    [JSON.stringify({ keys: [{ ...jwk(RSA), use: "enc" }] }), /has no usable key: its use is "enc"/],
    [pem.repeat(17), /more than 16 keys without a kid/],
  ])) {
    assert.match(readPublicKeys(text).problem ?? "", problem, text);
  }
  assert.equal(readJwks([]), undefined);
});

test("a token is judged claim by claim", async () => {
  const key = secretKey("0123456789abcdef0123456789abcdef\n");
  const hmac = /** @param {object} header @param {object} claims */ (header, claims) => {
    const input = `${part(header)}.${part(claims)}`;
    return `${input}.${createHmac("sha256", "0123456789abcdef0123456789abcdef").update(input).digest("base64url")}`;
  };
  const H = { alg: "HS256" };
  for (const [header, claims, settings, bad] of /** @type {[object, object, object, string[]][]} */ ([
    [H, CLAIMS, {}, []],
    [{ ...H, typ: "at+JWT", kid: null }, { ...CLAIMS, nbf: NOW + 20, iat: NOW - 0.5, exp: NOW - 29.5 }, {}, []],
    [{ ...H, typ: "logout+jwt" }, CLAIMS, {}, ["typ"]],
    [{ alg: "none" }, CLAIMS, {}, ["alg", "signature"]],
    [{ alg: "HS512" }, CLAIMS, {}, ["alg", "signature"]],
    [{ ...H, zip: "DEF" }, CLAIMS, {}, ["header"]],
    [{ ...H, kid: "other" }, CLAIMS, {}, []],
    [H, { ...CLAIMS, exp: NOW - 30 }, {}, ["exp"]],
    [H, { ...CLAIMS, exp: NOW * 1000 }, {}, ["exp"]],
    [H, { ...CLAIMS, exp: "soon" }, {}, ["exp"]],
    [H, { ...CLAIMS, nbf: NOW + 31 }, {}, ["nbf"]],
    [H, { ...CLAIMS, iat: NOW + 3600 }, {}, ["iat"]],
    [H, { ...CLAIMS, iss: "https://issuer.example.com/" }, {}, ["iss"]],
    [H, { ...CLAIMS, iss: "other", aud: ["x", "portico"] }, {}, []],
    [H, { ...CLAIMS, aud: "portico2" }, {}, ["aud"]],
    [H, { ...CLAIMS, aud: ["portico", 1] }, {}, ["aud"]],
    [H, { ...CLAIMS, aud: undefined, client_id: "portico" }, { jwt_audience_claim: "client_id" }, []],
    [H, { ...CLAIMS, sub: "" }, {}, ["sub"]],
    [H, { ...CLAIMS, sub: 7 }, {}, ["sub"]],
    [H, { ...CLAIMS, o: { id: 7 } }, { jwt_user_claim: "/o/id" }, []],
    [H, { ...CLAIMS, id: 2 ** 60 }, { jwt_user_claim: "id" }, []],
    [H, { ...CLAIMS, id: 2 ** 64 }, { jwt_user_claim: "id" }, ["id"]],
    [H, { ...CLAIMS, role: "billing reader" }, { jwt_role_claim: "role", billing_roles: "owner,billing" }, []],
    [H, { ...CLAIMS, role: ["reader"] }, { jwt_role_claim: "role", billing_roles: "owner" }, ["role"]],
    [H, CLAIMS, { jwt_role_claim: "role", billing_roles: "owner" }, ["role"]],
    [H, { ...CLAIMS, role: ["owner", 1] }, { jwt_role_claim: "role", billing_roles: "owner" }, ["role"]],
    [H, { ...CLAIMS, jti: 7 }, {}, ["jti"]],
    [H, { ...CLAIMS, sub: 7, uid: "u" }, { jwt_user_claim: "uid" }, ["sub"]],
    [H, { ...CLAIMS, exp: -1 }, {}, ["exp"]],
  ])) {
    const token = hmac(header, claims);
    const judged = await judgeToken(token, { settings: { ...SETTINGS, ...settings }, keys: [key], now: NOW });
    const found = judged.verdicts.filter(({ good }) => !good).map((one) => one.part);
    assert.deepEqual(found, bad, JSON.stringify([header, claims, judged.verdicts]));
    assert.equal(
      judged.accepted,
      bad.every((one) => one === "role"),
    );
    assert.ok(!JSON.stringify(judged.verdicts).includes(token.slice(0, 30)));
  }
});

test("what is no token is told by its form", async () => {
  for (const [token, text] of /** @type {[string, RegExp][]} */ ([
    ["opaque", /opaque/],
    ["Bearer a.b.c", /scheme/],
    ["a.b.c.d.e", /encrypted/],
    ["a.b.c", /base64url/],
    [`${part({ alg: "HS256", kid: 7 })}.${part(CLAIMS)}.c`, /its kid is not text/],
    [`${"a".repeat(9000)}.b.c`, /max_token_bytes/],
    ["", /three parts/],
  ])) {
    const { verdicts, accepted } = await judgeToken(token, { settings: SETTINGS, keys: [], now: NOW });
    assert.ok(!accepted);
    assert.match(verdicts[0]?.text ?? "", text);
  }
});

test("a claim is found by its name or by a JSON Pointer", () => {
  const claims = { a: { "b/c": ["x", { d: 1 }] }, "/a": 2, "https://example.com/role": 3 };
  for (const [name, value] of /** @type {[string, unknown][]} */ ([
    ["https://example.com/role", 3],
    ["/a/b~1c/1/d", 1],
    ["/a/b~1c/0", "x"],
    ["/~1a", 2],
    ["/a/toString", undefined],
    ["toString", undefined],
    ["/x/y", undefined],
  ])) {
    assert.equal(pointed(claims, name), value, name);
  }
});
