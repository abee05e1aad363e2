// What the tests share: one browser, a page for each test, and screenshots.

import assert from "node:assert/strict";
import { accessSync, constants, mkdirSync, readdirSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { PATIENCE, logsSince, stopHosts } from "./host.mjs";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Where the screenshots go. */
export const SCREENSHOTS = process.env.PORTICO_SCREENSHOTS ?? join(ROOT, "target/screenshots");
mkdirSync(SCREENSHOTS, { recursive: true });
// What failed the last time says nothing about this one.
for (const file of readdirSync(SCREENSHOTS)) if (file.startsWith("failed-")) rmSync(join(SCREENSHOTS, file));

/** For a whole test, above the sum of what it may wait for in vain once. */
const TEST_TIMEOUT = 90_000;

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Without `npm ci` there is no driver, and that is told as a missing browser is.
const { chromium } = await import("playwright-core").catch(() => ({ chromium: null }));
const executable = findBrowser();
const missing = chromium
  ? executable || "there is no Chromium; PORTICO_CHROMIUM may say where one is"
  : "the npm packages are not installed (npm ci --ignore-scripts)";
const ready = Boolean(chromium && executable);
/** Why nothing can be tested: then all tests are skipped, unless none may be. */
const skip = ready || process.env.PORTICO_REQUIRE_ALL === "1" ? false : missing;
if (skip) console.error(`The tests in a browser are skipped: ${skip}.`);

let browser = null;
let suites = 0;

/**
 * Groups tests that are about one thing. When the last group has ended, so do the browser and the hosts: groups of
 * several files share them, if one process runs these files.
 */
export function suite(name, body) {
  suites += 1;
  describe(name, { skip }, () => {
    body();
    after(async () => {
      suites -= 1;
      if (suites > 0) return;
      await browser?.then((running) => running.close());
      await stopHosts();
    });
  });
}

/**
 * A test with a browser context of its own, so that no test meets what another one has left.
 *
 * `body` gets `t`, `context` and `page`, and `errors`: what the consoles of all its pages have said of errors, violated
 * policies among them.
 */
export function browserTest(name, body) {
  test(name, { timeout: TEST_TIMEOUT }, async (t) => {
    assert.ok(ready, missing);
    browser ??= launch();
    const context = await (await browser).newContext({
      viewport: { width: 900, height: 700 },
      locale: "en-GB",
      timezoneId: "UTC",
    });
    context.setDefaultTimeout(PATIENCE);
    const errors = [];
    const begin = Date.now();
    context.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    context.on("weberror", (error) => errors.push(String(error.error())));
    const page = await context.newPage();
    try {
      await body({ t, context, page, errors });
    } catch (error) {
      t.diagnostic(`the browser is at ${page.url()}`);
      for (const line of errors) t.diagnostic(`its console has: ${line}`);
      for (const line of logsSince(begin)) t.diagnostic(`Portico's log has: ${line}`);
      await screenshot(page, `failed: ${name}`, { timeout: 5000 }).catch(() => {});
      throw error;
    } finally {
      await context.close();
    }
  });
}

function launch() {
  return chromium.launch({
    executablePath: executable,
    args: ARGUMENTS,
    // People's browsers have this cache, and "Back" from the portal usually shows the page from it, as it was left.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
}

function findBrowser() {
  if (process.env.PORTICO_CHROMIUM) return process.env.PORTICO_CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const onPath = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const usual = names.map((name) => `/usr/bin/${name}`);
  const candidates = [...usual, "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", ...onPath];
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Saves what a person sees now. `options` are Playwright's. */
export async function screenshot(page, name, options = {}) {
  const file = `${name.replace(/[^a-z0-9]+/gi, "-").slice(0, 100)}.png`;
  await page.screenshot({ path: join(SCREENSHOTS, file), animations: "disabled", ...options });
}

/** Waits until `check` is fulfilled without throwing, and gives what it gives. */
export async function eventually(check) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await pause(50);
    }
  }
}
