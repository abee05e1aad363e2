// The lists of invoices and payments: full, empty, on their way, and out of reach.

import assert from "node:assert/strict";

import { openAccount, problem, problemOf, settled } from "./account.mjs";
import { HISTORY as HISTORY_PATH, INVOICES as INVOICES_PATH, at, bill, invoice, pageOf, payment, refusal } from "./billing.mjs";
import { browserTest, eventually, screenshot, suite } from "./harness.mjs";
import { STEADY, sharedHost } from "./host.mjs";

const names = ["invoices", "payments"];
/** The section of a list. */
const section = (page, name) => page.getByRole("region", { name, exact: true });
const invoices = (page) => section(page, "Invoices");
const payments = (page) => section(page, "Payments");
/** The texts of a list's rows, cell by cell. */
async function rows(list) {
  const lines = await list
    .locator("tbody tr")
    .evaluateAll((lines) => lines.map((line) => [...line.cells].map((cell) => cell.innerText)));
  return lines.map((cells) => cells.map((text) => text.replaceAll(/[\u00a0\u202f]/g, " ")));
}

const INVOICES = [
  invoice(1, { status: "open", amount_paid: 0, amount_remaining: 1200, due_date: at(20), created: at(-1) }),
  invoice(2),
  invoice(3, { status: "uncollectible", amount_paid: 0, amount_remaining: 1200 }),
  invoice(4, { currency: "jpy", total: 1800, description: "Annual report, printed" }),
  invoice(5, { currency: "kwd", total: 3690 }),
  invoice(6, { status: "void", hosted_invoice_url: null, invoice_pdf: null }),
];
const PAYMENTS = [
  payment(1, { type: "pending_payment", card: null, description: "SEPA Direct Debit", receipt_url: null }),
  payment(2),
  payment(3, { type: "failed_payment", receipt_url: null }),
  payment(4, { currency: "jpy", amount: 1800, card: { brand: "amex", last4: "0005" } }),
  payment(5, { amount_refunded: 250 }),
  payment(6, { amount_refunded: 1200, description: null }),
];

suite("The lists of the account page", () => {
  browserTest("show invoices with their documents, and payments", async ({ page, errors }) => {
    const host = await sharedHost(STEADY);
    await page.setViewportSize({ width: 900, height: 2000 });
    await page.clock.setFixedTime(at(0) * 1000);
    const lines = await host.logged(() => openAccount(page, host));
    const asked = lines.filter(({ route }) => [INVOICES_PATH, HISTORY_PATH].includes(route));
    assert.deepEqual(asked.map(({ status, attempts }) => [status, attempts]), Array(2).fill([200, 1]));

    assert.deepEqual(await rows(invoices(page)), [
      ["31 Oct 2026", "QUILL-0001", "US$12.00 due by 21 Nov 2026", "US$12.00", "Pay PDF"],
      ["2 Sept 2026", "QUILL-0002", "Paid", "US$12.00", "View PDF"],
      ["3 Aug 2026", "QUILL-0003", "Not paid", "US$12.00", "View PDF"],
      ["4 Jul 2026", "QUILL-0004\nAnnual report, printed", "Paid", "JP¥1,800", "View PDF"],
      ["4 Jun 2026", "QUILL-0005", "Paid", "KWD 3.690", "View PDF"],
      ["5 May 2026", "QUILL-0006", "Cancelled", "US$12.00", ""],
      ["5 Apr 2026", "QUILL-0007\nTrial", "Paid", "US$0.00", "View PDF"],
      ["6 Mar 2026", "QUILL-0008", "Paid", "US$12.00", "View PDF"],
      ["4 Feb 2026", "QUILL-0009", "Paid", "US$12.00", "View PDF"],
    ]);
    assert.deepEqual(await rows(payments(page)), [
      ["2 Oct 2026", "SEPA Direct Debit", "Pending", "US$12.00", ""],
      ["2 Sept 2026", "Subscription update\nVisa ending in 4242", "Paid", "US$12.00", "Receipt"],
      ["3 Aug 2026", "Subscription update\nVisa ending in 4242", "Failed", "US$12.00", ""],
      ["4 Jul 2026", "Subscription update\nAmerican Express ending in 0005", "Paid", "JP¥1,800", "Receipt"],
      ["4 Jun 2026", "Subscription update\nVisa ending in 4242", "US$2.50 refunded", "US$12.00", "Receipt"],
      ["5 May 2026", "Payment\nVisa ending in 4242", "Refunded", "US$12.00", "Receipt"],
      ...["5 Apr", "6 Mar", "4 Feb", "5 Jan"].map((day) => {
        return [`${day} 2026`, "Subscription update\nVisa ending in 4242", "Paid", "US$12.00", "Receipt"];
      }),
    ]);
    await screenshot(page, "03-lists");

    // Of the first ten invoices one was a draft, which nobody sees.
    for (const [list, name, shown, all] of [[invoices(page), "invoices", 9, 13], [payments(page), "payments", 10, 12]]) {
      assert.equal(await list.getByRole("status").isVisible(), false);
      assert.equal((await rows(list)).length, shown);
      await list.getByRole("button", { name: `Show older ${name}` }).click();
      await eventually(async () => assert.equal((await rows(list)).length, all));
      assert.equal(await list.getByRole("button").count(), 0);
    }
    assert.deepEqual(errors, []);
  });

  browserTest("lead to a document in a window that does not know where it comes from", async ({ page, context }) => {
    const host = await sharedHost(STEADY);
    let headers;
    await context.route(`${host.stripe}/**`, async (route) => {
      headers = await route.request().allHeaders();
      await route.continue();
    });
    await openAccount(page, host);
    const opening = context.waitForEvent("page");
    await page.getByRole("link", { name: "PDF of invoice QUILL-0001" }).click();
    const opened = await opening;
    await opened.waitForLoadState();
    assert.equal(new URL(opened.url()).origin, host.stripe);
    assert.equal(await opened.getByRole("heading").innerText(), "PDF of the invoice");
    assert.match(await opened.locator("main").innerText(), /in_Demo0001/);
    assert.equal(await opened.evaluate(() => window.opener), null);
    assert.equal(headers.referer, undefined);
  });

  browserTest("have nothing yet for a customer who has paid nothing", async ({ page, errors }) => {
    const host = await sharedHost(STEADY);
    await bill(page, host, {});
    await openAccount(page, host);
    for (const name of names) await page.getByText(`There are no ${name} yet.`).waitFor();
    assert.equal(await page.getByRole("table").count(), 0);
    await screenshot(page, "lists-empty");
    assert.deepEqual(errors, []);
  });

  browserTest("say that they are on their way", async ({ page }) => {
    const host = await sharedHost(STEADY);
    let release;
    const released = new Promise((resolve) => (release = resolve));
    const later = (member, items) => async (query) => {
      await released;
      return { json: pageOf(items, member, query) };
    };
    await bill(page, host, { invoices: later("data", INVOICES), payments: later("transactions", []) });
    await page.goto(`${host.origin}/`);
    for (const name of names) {
      const told = page.getByRole("status").filter({ hasText: `Loading your ${name}…` });
      await told.waitFor();
      assert.equal(await page.locator(`#${name}`).getAttribute("aria-busy"), "true");
    }
    // The rest of the page does not wait for them.
    assert.ok(await page.getByRole("button", { name: "Manage billing" }).isEnabled());
    await screenshot(page, "lists-loading");
    release();
    await settled(page);
    assert.equal((await rows(invoices(page))).length, INVOICES.length);
    await page.getByText("There are no payments yet.").waitFor();
  });

  browserTest("come out of reach one by one, and can be loaded again", async ({ page }) => {
    const host = await sharedHost(STEADY);
    const proxys = { status: 502, contentType: "text/html", body: "<h1>Bad Gateway</h1>" };
    const answers = [refusal(500, "stripe_rejected"), proxys, { json: { data: INVOICES, has_more: false } }];
    await bill(page, host, { invoices: () => answers.shift(), payments: PAYMENTS });
    await openAccount(page, host);
    const told = invoices(page).getByRole("status");
    assert.equal(
      await told.innerText(),
      "Your invoices cannot be shown now. Reference: 3f0c7f4e-0000-4000-8000-000000000002",
    );
    assert.equal((await rows(payments(page))).length, PAYMENTS.length);
    assert.equal(await problem(page).isVisible(), false);
    await screenshot(page, "lists-failed");

    const again = invoices(page).getByRole("button", { name: "Load invoices again" });
    await again.click();
    await eventually(async () => assert.equal(await told.innerText(), "Your invoices cannot be shown now."));
    await again.click();
    await eventually(async () => assert.equal((await rows(invoices(page))).length, INVOICES.length));
    assert.equal(await again.isVisible(), false);
  });

  browserTest("tell of a Stripe that fails, with the reference of the log's line", async ({ t, page }) => {
    const host = await sharedHost(STEADY);
    await host.fault(t, "server-error");
    await openAccount(page, host);
    for (const [list, name, path] of [
      [invoices(page), "invoices", INVOICES_PATH],
      [payments(page), "payments", HISTORY_PATH],
    ]) {
      const told = await list.getByRole("status").innerText();
      const [, reference] = told.match(new RegExp(`^Your ${name} cannot be shown now. Reference: (\\S+)$`)) ?? assert.fail(told);
      const line = await host.line(reference);
      assert.deepEqual([line.route, line.error], [path, "stripe_unavailable"]);
    }
    assert.equal(await problem(page).isVisible(), false);
  });

  browserTest("wait as long as they are told, and count it", async ({ page }) => {
    const host = await sharedHost(STEADY);
    const answers = [
      refusal(429, "rate_limited", { "Retry-After": "7" }),
      { json: { transactions: PAYMENTS, has_more: false } },
    ];
    await bill(page, host, { payments: () => answers.shift() });
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    await openAccount(page, host);
    await payments(page).getByText("Your payments were asked for a little too often.").waitFor();
    assert.ok(await payments(page).getByRole("button", { name: "Load payments again in 7 s" }).isDisabled());
    await page.clock.runFor(4000);
    await payments(page).getByRole("button", { name: "Load payments again in 3 s" }).waitFor();
    await page.clock.runFor(3000);
    await payments(page).getByRole("button", { name: "Load payments again", exact: true }).click();
    await eventually(async () => assert.equal((await rows(payments(page))).length, PAYMENTS.length));
  });

  browserTest("ask to sign in again where nobody is", async ({ page }) => {
    const host = await sharedHost(STEADY);
    const challenge = { "WWW-Authenticate": 'Bearer error="invalid_token"' };
    const answers = [refusal(401, "unauthorized", challenge), { json: { data: INVOICES, has_more: false } }];
    await bill(page, host, { invoices: () => answers.shift() });
    await openAccount(page, host);
    await problemOf(page, "unauthorized", "Please sign in again");
    assert.equal(await invoices(page).getByRole("status").innerText(), "Sign in again to see your invoices.");
    await page.getByRole("button", { name: "Sign in again" }).click();
    await eventually(async () => assert.equal((await rows(invoices(page))).length, INVOICES.length));
    assert.equal(await problem(page).isVisible(), false);
  });

  browserTest("show older ones as they are asked for, and keep what they have when those fail", async ({ page }) => {
    const host = await sharedHost(STEADY);
    const items = Array.from({ length: 23 }, (_, index) => invoice(index + 1));
    let broken = false;
    const queries = await bill(page, host, {
      invoices: (query) => (broken ? refusal(500, "internal_error") : { json: pageOf(items, "data", query) }),
    });
    await openAccount(page, host);
    const older = invoices(page).getByRole("button", { name: "Show older invoices" });
    assert.equal((await rows(invoices(page))).length, 10);
    await older.press("Enter");
    await eventually(async () => assert.equal((await rows(invoices(page))).length, 20));
    // The keyboard goes on where the new ones begin.
    await eventually(async () => {
      assert.match(await page.evaluate(() => document.activeElement.closest("tr")?.innerText ?? ""), /QUILL-0011/);
    });

    broken = true;
    await older.click();
    await invoices(page).getByText("Your invoices cannot be shown now.").waitFor();
    assert.equal((await rows(invoices(page))).length, 20);
    broken = false;
    await invoices(page).getByRole("button", { name: "Load invoices again" }).click();
    await eventually(async () => assert.equal((await rows(invoices(page))).length, 23));
    assert.equal(await older.isVisible(), false);
    assert.deepEqual(queries.invoices, [
      { limit: "10" },
      { limit: "10", starting_after: items[9].id },
      { limit: "10", starting_after: items[19].id },
      { limit: "10", starting_after: items[19].id },
    ]);
  });

  browserTest("find what is behind a page of drafts", async ({ page }) => {
    const host = await sharedHost(STEADY);
    const items = Array.from({ length: 12 }, (_, index) => invoice(index + 1, index < 10 ? { status: "draft" } : {}));
    const queries = await bill(page, host, { invoices: items });
    await openAccount(page, host);
    assert.deepEqual(
      (await rows(invoices(page))).map(([, number]) => number),
      ["QUILL-0011", "QUILL-0012"],
    );
    assert.deepEqual(queries.invoices, [{ limit: "10" }, { limit: "100" }]);
  });

  browserTest("take what a seller writes for text", async ({ page, errors }) => {
    const host = await sharedHost(STEADY);
    const text = '<img src="x" onerror="document.title = \'taken over\'"> & more';
    await bill(page, host, { invoices: [invoice(1, { description: text })], payments: [payment(1, { description: text })] });
    await openAccount(page, host);
    assert.ok((await rows(invoices(page)))[0][1].includes(text));
    assert.ok((await rows(payments(page)))[0][1].includes(text));
    assert.equal(await page.title(), "Billing · Quill");
    assert.deepEqual(errors, []);
  });

  browserTest("do not take a script for a link", async ({ page }) => {
    const host = await sharedHost(STEADY);
    await bill(page, host, { invoices: [invoice(1, { invoice_pdf: "javascript:alert(1)" })], payments: PAYMENTS });
    await openAccount(page, host);
    await invoices(page).getByText("Your invoices cannot be shown now.").waitFor();
    assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
  });

  browserTest("are written as the user's browser writes amounts and days", async ({ page }) => {
    const host = await sharedHost(STEADY);
    const context = await page.context().browser().newContext({ locale: "de-DE", timezoneId: "UTC" });
    try {
      const german = await context.newPage();
      await bill(german, host, { invoices: [invoice(2, { currency: "eur", total: 123456 }), invoice(4, { currency: "jpy" })] });
      await german.goto(`${host.origin}/`);
      await german.getByRole("button", { name: "Abrechnung verwalten" }).waitFor();
      await settled(german);
      const shown = (await rows(section(german, "Rechnungen"))).map((cells) => [cells[0], cells[3]]);
      assert.deepEqual(shown, [
        ["02.09.2026", "1.234,56 €"],
        ["04.07.2026", "1.200 ¥"],
      ]);
    } finally {
      await context.close();
    }
  });

  browserTest("of one user are gone when another one is signed in", async ({ page }) => {
    const host = await sharedHost(STEADY);
    let release;
    const released = new Promise((resolve) => (release = resolve));
    let asked = 0;
    await bill(page, host, {
      // The first answer comes when its user has gone.
      invoices: async () => {
        asked += 1;
        await released;
        return { json: { data: INVOICES, has_more: false } };
      },
      payments: PAYMENTS,
    });
    await page.goto(`${host.origin}/`);
    await eventually(async () => assert.equal((await rows(payments(page))).length, PAYMENTS.length));
    await page.getByLabel("Signed in as").selectOption("user_free");
    await page.getByRole("heading", { name: "Upgrade to Pro" }).waitFor();
    release();
    await page.waitForTimeout(200);
    assert.equal(asked, 1);
    assert.equal(await page.getByRole("row").count(), 0);
  });

  browserTest("fit a phone", async ({ page }) => {
    const host = await sharedHost(STEADY);
    await page.setViewportSize({ width: 360, height: 640 });
    await bill(page, host, { invoices: INVOICES, payments: PAYMENTS });
    await openAccount(page, host);
    assert.equal((await rows(invoices(page))).length, INVOICES.length);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `the page is ${width} wide`);
    await screenshot(page, "lists-on-a-phone", { fullPage: true });
  });
});
