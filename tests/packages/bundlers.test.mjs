// The client's package in the bundlers with which pages are made, each by its own defaults.

import assert from "node:assert/strict";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { PAGE, TOLD, packageTest, portico, program, project, run } from "./harness.mjs";

/** Runs what was built, and checks what it does. */
async function works(t, folder, file) {
  const { endpoint, requests } = await portico(t);
  // React's renderer for browsers has a channel, which would keep the process for ever.
  const runner = `
    globalThis.ENDPOINT = "${endpoint}";
    globalThis.report = (told) => {
      console.log(told instanceof Error ? told.stack : JSON.stringify(told));
      process.exit();
    };
    await import("./${file}");`;
  await writeFile(join(folder, "run.mjs"), runner);
  const told = await run(folder, process.execPath, "run.mjs");
  assert.ok(told.startsWith("{"), told.slice(0, 2000));
  assert.deepEqual(JSON.parse(told), TOLD);
  assert.deepEqual(
    requests.map(({ method, url, headers }) => [method, url, headers.authorization]),
    [
      ["GET", "/api/v1/account/balance", "Bearer a.b.c"],
      ["GET", "/api/v1/billing/invoices?limit=1", "Bearer a.b.c"],
      ["POST", "/api/v1/account/billing-portal", "Bearer a.b.c"],
    ],
  );
}

/** The script that is built: it runs the page, and tells what comes of it. */
const MAIN = `
import { page } from "./page.js";
page(globalThis.ENDPOINT).then(globalThis.report, globalThis.report);
`;

packageTest("Vite builds a page with it", async (t) => {
  const folder = await project(t, {
    "page.js": PAGE,
    "main.js": MAIN,
    "vite.config.mjs": `export default {
      logLevel: "warn",
      define: { "process.env.NODE_ENV": '"production"' },
      build: { minify: true, lib: { entry: "main.js", formats: ["es"], fileName: () => "bundle.mjs" } },
    };`,
  });
  await run(folder, process.execPath, program("vite/bin/vite.js"), "build");
  await works(t, folder, "dist/bundle.mjs");
});

for (const [name, version] of [
  ["webpack", "5"],
  ["webpack4", "4"],
]) {
  packageTest(`webpack ${version} builds a page with it`, async (t) => {
    const folder = await project(t, {
      "page.js": PAGE,
      "main.js": MAIN,
      // Without anything that would translate what webpack itself does not know.
      "build.cjs": `
        const webpack = require(${JSON.stringify(program(name))});
        const output = { path: __dirname, filename: "bundle.js" };
        const options = { mode: "production", target: "web", context: __dirname, entry: "./main.js", output };
        webpack({ ...options, performance: { hints: false }, optimization: { minimize: false } }, (error, stats) => {
          if (error) throw error;
          if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString());
        });`,
    });
    await run(folder, process.execPath, "build.cjs");
    await works(t, folder, "bundle.js");
  });
}

packageTest("Next builds an application with it, whose server and client parts both import it", async (t) => {
  const folder = await project(t, {
    "next.config.mjs": `
      import { join } from "node:path";
      export default { turbopack: { root: join(import.meta.dirname, "../..") } };`,
    "app/layout.jsx": `export default ({ children }) => <html lang="en"><body>{children}</body></html>;`,
    "app/page.jsx": `
      import { PorticoError } from "portico-billing";
      import { formatAmount } from "portico-billing/format";
      import { useBilling } from "portico-billing/react";
      import { Billing } from "./billing.jsx";
      export default () => (
        <main>{formatAmount(1200, "usd", "en-US")} {typeof PorticoError} {typeof useBilling} <Billing /></main>
      );`,
    "app/billing.jsx": `
      "use client";
      import { useBilling } from "portico-billing/react";
      export function Billing() {
        const { account, loading, openPortal } = useBilling({ endpoint: "", getToken: () => "a.b.c" });
        return <button onClick={openPortal}>{loading ? "Loading your plan" : account?.plan}</button>;
      }`,
  });
  await run(folder, process.execPath, program("next/dist/bin/next"), "build");
  const html = await readFile(join(folder, ".next/server/app/index.html"), "utf8");
  assert.match(html, /\$12\.00.*function.*function.*<button>Loading your plan<\/button>/);
  const chunks = join(folder, ".next/static/chunks");
  const scripts = (await readdir(chunks, { recursive: true })).filter((name) => name.endsWith(".js"));
  const texts = await Promise.all(scripts.map((name) => readFile(join(chunks, name), "utf8")));
  assert.ok(texts.some((text) => text.includes("/api/v1/account/billing-portal")), "the page has the client");
});
