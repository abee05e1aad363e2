// The client's package where modules are found, or requests are made, in other ways than in a browser.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { request as send } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import vm from "node:vm";

import { CLIENT, TOLD, packageTest, portico, program, project, run } from "./harness.mjs";

packageTest("Jest finds it by its defaults", async (t) => {
  const { endpoint } = await portico(t);
  const folder = await project(t, {
    "page.test.js": `
      const { PorticoError, getAccount } = require("portico-billing");
      const { formatAmount } = require("portico-billing/format");
      const { useBilling } = require("portico-billing/react");
      test("the package", async () => {
        expect(await getAccount({ endpoint: "${endpoint}", getToken: () => "a.b.c" })).toMatchObject({ plan: "pro" });
        await expect(getAccount({ endpoint: "", getToken: () => null })).rejects.toThrow(PorticoError);
        expect(formatAmount(1200, "usd", "en-US")).toBe("$12.00");
        expect(typeof useBilling).toBe("function");
      });`,
  });
  await run(folder, process.execPath, program("jest/bin/jest.js"), "--rootDir", folder, "--watchman=false");
});

for (const exports of [true, false]) {
  packageTest(`Metro finds it ${exports ? "by exports" : "by main alone"}, and it works by React Native's fetch`, async (t) => {
    const { endpoint, requests } = await portico(t);
    const folder = await project(t, {
      // React Native has no pages; that the hook is found is enough here.
      "main.js": `
        const { PorticoError, getAccount, listInvoices, openBillingPortal } = require("portico-billing");
        const { formatAmount } = require("portico-billing/format");
        const { useBilling } = require("portico-billing/react");
        globalThis.page = async (endpoint) => {
          const portico = { endpoint, getToken: () => "a.b.c" };
          const { signal } = new AbortController();
          const { plan } = await getAccount({ ...portico, signal });
          const { data } = await listInvoices({ ...portico, limit: 1 });
          const visited = [];
          await openBillingPortal({ ...portico, navigate: (url) => visited.push(url) });
          const error = await getAccount({ ...portico, getToken: () => null }).catch((error) => error);
          const framed = await openBillingPortal(portico).catch((error) => error.code);
          return { plan, invoices: data.length, visited, code: error instanceof PorticoError && error.code,
            amount: formatAmount(1200, "usd", "en-US"), hook: typeof useBilling, framed };
        };`,
      "build.cjs": `
        const Metro = require(${JSON.stringify(program("metro"))});
        (async () => {
          const root = ${JSON.stringify(join(program(""), ".."))};
          const config = await Metro.loadConfig({ config: undefined, cwd: __dirname, resetCache: true }, {
            projectRoot: __dirname,
            watchFolders: [root],
            cacheStores: [],
            maxWorkers: 1,
            reporter: { update() {} },
            resolver: { unstable_enablePackageExports: ${exports}, useWatchman: false },
            transformer: { getTransformOptions: async () => ({ transform: { experimentalImportSupport: true } }) },
          });
          await Metro.runBuild(config, { entry: "main.js", out: "bundle.js", minify: false, dev: false });
          process.exit();
        })().catch((error) => (console.error(error), process.exit(1)));`,
    });
    await run(folder, process.execPath, "build.cjs");

    const native = await reactNative();
    vm.runInContext(await readFile(join(folder, "bundle.js"), "utf8"), native);
    const { html: _html, ...told } = TOLD;
    assert.deepEqual(plain(await native.page(endpoint)), { ...told, hook: "function", framed: "framed" });
    assert.deepEqual(
      requests.map(({ method, url }) => [method, url]),
      [
        ["GET", "/api/v1/account/balance"],
        ["GET", "/api/v1/billing/invoices?limit=1"],
        ["POST", "/api/v1/account/billing-portal"],
      ],
    );
  });
}

for (const [name, compatibilityDate] of [
  ["as they were", "2022-11-30"],
  ["as they are", "2026-04-01"],
]) {
  packageTest(`It works in Cloudflare Workers ${name}`, async (t) => {
    const { endpoint, requests } = await portico(t);
    const { Miniflare } = await import("miniflare");
    const worker = `
      import { getAccount, listInvoices, openBillingPortal } from "./portico.js";
      export default {
        async fetch(_request, { ENDPOINT }) {
          const portico = { endpoint: ENDPOINT, getToken: () => "a.b.c" };
          const told = async (promise) => promise.then((value) => value, ({ code, status, cause }) => ({ code, status, cause: String(cause) }));
          return Response.json({
            account: await told(getAccount(portico)),
            invoices: await told(listInvoices({ ...portico, limit: 1 })),
            redirected: await told(getAccount({ ...portico, endpoint: ENDPOINT + "/redirect" })),
            portal: await told(openBillingPortal({ ...portico, navigate: (url) => globalThis.visited = url })),
            visited: globalThis.visited,
            framed: await told(openBillingPortal(portico)),
          });
        },
      };`;
    const mf = new Miniflare({
      compatibilityDate,
      bindings: { ENDPOINT: endpoint },
      modules: [
        { type: "ESModule", path: "worker.mjs", contents: worker },
        { type: "ESModule", path: "portico.js", contents: await readFile(join(CLIENT, "portico.js"), "utf8") },
      ],
    });
    t.after(() => mf.dispose());
    const response = await mf.dispatchFetch("http://localhost/");
    const told = await response.json();
    assert.equal(told.account.plan, "pro", JSON.stringify(told));
    assert.deepEqual(told.invoices, { data: [], has_more: false });
    assert.deepEqual(told.redirected, { code: "invalid_answer", status: 307, cause: "undefined" });
    assert.equal(told.visited, TOLD.visited[0]);
    assert.equal(told.framed.code, "framed");
    assert.deepEqual(
      requests.map(({ url }) => url),
      [
        "/api/v1/account/balance",
        "/api/v1/billing/invoices?limit=1",
        "/redirect/api/v1/account/balance",
        "/api/v1/account/billing-portal",
      ],
    );
  });
}

/** A global object as React Native has it: with the `fetch` that it has, over requests of Node's. */
async function reactNative() {
  const { URL, URLSearchParams, AbortController, setTimeout, clearTimeout, queueMicrotask, console } = globalThis;
  const native = vm.createContext({ URL, URLSearchParams, AbortController, setTimeout, clearTimeout, queueMicrotask, console });
  Object.assign(native, { XMLHttpRequest, global: native, self: native, window: native, performance: { now: () => 0 } });
  const source = createRequire(import.meta.url).resolve("whatwg-fetch/dist/fetch.umd.js");
  vm.runInContext(await readFile(source, "utf8"), native);
  assert.equal(native.fetch.polyfill, true);
  return native;
}

/** As much of the real one as the `fetch` of React Native uses. */
class XMLHttpRequest {
  #headers = {};
  open(method, url) {
    Object.assign(this, { method, url });
  }
  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }
  getAllResponseHeaders() {
    return Object.entries(this.response_.headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  }
  send(body) {
    const request = send(this.url, { method: this.method, headers: this.#headers }, async (response) => {
      this.response_ = response;
      this.response = "";
      for await (const part of response.setEncoding("utf8")) this.response += part;
      this.responseText = this.response;
      Object.assign(this, { status: response.statusCode, statusText: "", responseURL: this.url });
      this.onload();
    });
    request.on("error", () => this.onerror());
    request.end(body ?? undefined);
  }
  abort() {}
}

/** What a value of another global object is in this one. */
const plain = (value) => JSON.parse(JSON.stringify(value));
