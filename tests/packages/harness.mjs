// What the tests share: a project with the client as npm packs it, a server in Portico's place, and a page to build.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** The package in the repository. */
export const CLIENT = fileURLToPath(new URL("../../sdk/js", import.meta.url));

const missing = existsSync(join(HERE, "node_modules/.package-lock.json"))
  ? false
  : "the npm packages are not installed (npm ci --ignore-scripts)";
const skip = process.env.PORTICO_REQUIRE_ALL === "1" ? false : missing;
if (skip) console.error(`The tests of the package are skipped: ${skip}.`);

/** A test that runs programs of others. It is skipped where they are not installed, unless nothing may be. */
export function packageTest(name, body) {
  test(name, { skip, timeout: 180_000 }, async (t) => {
    if (missing) throw new Error(missing);
    await body(t);
  });
}

/** Where the programs of others are. */
export const program = (path) => join(HERE, "node_modules", path);

/**
 * A project for the length of a test, with `files`, and with the client as npm packs it. It lies where the packages of
 * this directory are found.
 */
export async function project(t, files) {
  await mkdir(join(HERE, "work"), { recursive: true });
  const folder = await mkdtemp(join(HERE, "work", "project-"));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const packed = JSON.parse(await run(CLIENT, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", folder));
  const [{ filename }] = Object.values(packed);
  await mkdir(join(folder, "node_modules/portico-billing"), { recursive: true });
  await run(folder, "tar", "-xzf", filename, "-C", "node_modules/portico-billing", "--strip-components=1");
  for (const [name, text] of Object.entries({ "package.json": '{ "name": "page", "private": true }', ...files })) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/** Runs a program and gives what it prints. Meanwhile, servers of this process go on answering. */
export async function run(directory, name, ...parameters) {
  const child = spawn(name, parameters, {
    cwd: directory,
    timeout: 120_000,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", CI: "1", NODE_ENV: undefined, NODE_TEST_CONTEXT: undefined },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => (stdout += data));
  child.stderr.on("data", (data) => (stderr += data));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${name} ${parameters.join(" ")} ends with ${code}:\n${(stdout + stderr).slice(-4000)}`);
  return stdout;
}

const ACCOUNT = { plan: "pro", portal_available: true, current_balance: 0, next_refill_at: null };
const SESSION = "https://billing.stripe.com/p/session/test_x";

/** A server in Portico's place: `requests` has what came. */
export async function portico(t) {
  const requests = [];
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    requests.push({ method, url, headers });
    // Somebody else's address, with which nobody is to be trusted.
    if (url.startsWith("/redirect/")) return response.writeHead(307, { Location: "/api/v1/account/balance" }).end();
    const answer = url.startsWith("/api/v1/account/balance")
      ? ACCOUNT
      : url.startsWith("/api/v1/account/billing-portal")
        ? { url: SESSION }
        : { data: [], has_more: false };
    const type = { "Content-Type": "application/json", "X-Request-Id": "id" };
    // As Portico does, it refuses parameters of lists that it does not know.
    if (/[?&](?!limit=|starting_after=)/.test(url)) {
      return response.writeHead(400, type).end('{"error":"invalid_request"}');
    }
    response.writeHead(200, type).end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { endpoint: `http://127.0.0.1:${server.address().port}`, requests };
}

/** A page that uses all of the package, and tells what comes of it as one line of JSON by `report`. */
export const PAGE = `
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { PorticoError, getAccount, listInvoices, openBillingPortal } from "portico-billing";
import { formatAmount } from "portico-billing/format";
import { useBilling } from "portico-billing/react";

function Billing() {
  const { account, loading, leaving, problem } = useBilling({ endpoint: "", getToken: () => "a.b.c" });
  return createElement("p", null, JSON.stringify([account, loading, leaving, problem]));
}

export async function page(endpoint) {
  const portico = { endpoint, getToken: () => "a.b.c" };
  const { plan } = await getAccount(portico);
  const { data } = await listInvoices({ ...portico, limit: 1 });
  const visited = [];
  await openBillingPortal({ ...portico, navigate: (url) => visited.push(url) });
  const error = await getAccount({ ...portico, getToken: () => null }).catch((error) => error);
  return {
    plan,
    invoices: data.length,
    visited,
    code: error instanceof PorticoError && error.code,
    amount: formatAmount(1200, "usd", "en-US"),
    html: renderToString(createElement(Billing)),
  };
}
`;

/** What comes of the page. */
export const TOLD = {
  plan: "pro",
  invoices: 0,
  visited: [SESSION],
  code: "unauthorized",
  amount: "$12.00",
  html: "<p>[null,true,false,null]</p>",
};
