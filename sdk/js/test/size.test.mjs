// The module is small enough to be copied into a page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { minify } from "terser";

const LIMIT = 3584;

test(`Minified, the module has fewer than ${LIMIT} bytes and still works`, async (t) => {
  const source = readFileSync(new URL("../portico.js", import.meta.url), "utf8");

  const { code } = await minify(source, { module: true });

  const bytes = Buffer.byteLength(code);
  t.diagnostic(`${bytes} bytes minified, ${gzipSync(code, { level: 9 }).length} of them gzipped`);
  assert.ok(bytes < LIMIT, `${bytes} bytes`);
  const module = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  assert.deepEqual(Object.keys(module).sort(), [
    "PorticoError",
    "getAccount",
    "listInvoices",
    "listPayments",
    "listSubscriptions",
    "openBillingPortal",
    "startCheckout",
    "syncAccount",
  ]);
  await assert.rejects(module.getAccount({ endpoint: "", getToken: () => null }), {
    name: "PorticoError",
    code: "unauthorized",
  });
});
