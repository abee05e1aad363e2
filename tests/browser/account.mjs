// The account page of `examples/dashboard`, as a person finds their way on it.

import assert from "node:assert/strict";

import { eventually } from "./harness.mjs";

/** Opens the account page, and waits until the paid user's billing is there, and the lists have come or failed. */
export async function openAccount(page, host) {
  await page.goto(`${host.origin}/`);
  await manage(page).waitFor();
  await settled(page);
}

/** Waits until no part of the account page is on its way. */
export async function settled(page) {
  await eventually(async () => assert.equal(await page.locator("[aria-busy=true]").count(), 0, "parts on their way"));
}

/** The button that opens the portal. */
export function manage(page) {
  return page.getByRole("button", { name: "Manage billing" });
}

/** The region that tells about a problem. It is found by its role, so only while it is shown. */
export function problem(page) {
  return page.getByRole("alert");
}

/** Waits for a problem with this code and title, and gives what it says. */
export async function problemOf(page, code, title) {
  const region = problem(page);
  await region.getByRole("heading", { name: title, exact: true }).waitFor();
  assert.equal(await region.getAttribute("data-code"), code);
  return region.innerText();
}

/** Waits until the browser is on a portal page of this host's stand-in, and gives what the page says. */
export async function portal(page, host) {
  await page.waitForURL((url) => url.href.startsWith(`${host.stripe}/p/session/`));
  return page.locator("main").innerText();
}

/** Waits until the account page is ready for its user. */
export async function usable(page, host) {
  await manage(page).waitFor();
  assert.equal(new URL(page.url()).origin, host.origin);
  await eventually(async () => assert.ok(await manage(page).isEnabled(), "the button is enabled"));
  assert.equal(await page.getByText("Opening the billing portal…").isVisible(), false);
}

/** The reference that a person reads to support is that of the log's line, which has the code and a reason. */
export async function leadsToTheLog(host, told, code) {
  const [, reference] = /^Reference: (\S+)$/m.exec(told) ?? assert.fail(`there is no reference in: ${told}`);
  const line = await host.line(reference);
  assert.equal(line.error, code);
  assert.ok(line.reason, "the line has a reason");
  return line;
}
