/** What the doctor says of certificates. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import https from "node:https";
import { test } from "node:test";

import { porticoChecks } from "../src/doctor/checks/portico.js";
import { exchange } from "../src/http.js";

/** A certificate for localhost that nobody has signed, with its key: it is for this test alone. */
const CERTIFICATE = readFileSync(new URL("tools/self-signed.pem", import.meta.url));

const check = porticoChecks.find(({ id }) => id === "portico-tls");

/** @param {any} readiness */
const find = (readiness) => check?.find(/** @type {any} */ ({ portico: { readiness }, now: Date.parse("2026-11-30T00:00:00Z") })) ?? [];

test("a certificate that nobody has signed is not accepted", async (t) => {
  const server = https.createServer({ key: CERTIFICATE, cert: CERTIFICATE }, (_, response) => response.end("{}"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const readiness = await exchange(`https://localhost:${port}/readyz`);
  assert.match(find(readiness)[0]?.what ?? "", /not accepted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
});

test("certificates of other hosts, expired ones, those about to end, and old versions of TLS are found", () => {
  const lost = /** @param {string} code */ (code) => ({ lost: "", code });
  const served = /** @param {string} valid_to @param {string} [tlsVersion] */ (valid_to, tlsVersion = "TLSv1.3") => ({
    status: 200,
    certificate: { valid_to },
    tlsVersion,
  });
  for (const [readiness, words] of /** @type {[any, RegExp | undefined][]} */ ([
    [lost("CERT_HAS_EXPIRED"), /CERT_HAS_EXPIRED/],
    [lost("ERR_TLS_CERT_ALTNAME_INVALID"), /ALTNAME/],
    [lost("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), /UNABLE_TO_VERIFY/],
    [lost("EPROTO"), /EPROTO/],
    [lost("ECONNREFUSED"), undefined],
    [served("Dec  3 12:00:00 2026 GMT"), /the certificate ends in 3 days/],
    [served("Jan 30 12:00:00 2027 GMT"), undefined],
    [served("Jan 30 12:00:00 2027 GMT", "TLSv1.1"), /the server speaks TLSv1\.1/],
    [{ status: 200, certificate: undefined, tlsVersion: undefined }, undefined],
  ])) {
    const [symptom] = find(readiness);
    if (words) assert.match(symptom?.what ?? "", words);
    else assert.equal(symptom, undefined, JSON.stringify(readiness));
  }
});
