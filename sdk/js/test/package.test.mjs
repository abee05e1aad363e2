// The package as it is packed, and what is written about it.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { repositoryFile } from "./documented.mjs";
import { codesForPages } from "./openapi.mjs";
import { run, tsc } from "./tools.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

test("What is packed has the intended files, and is imported by its name", (t) => {
  const project = mkdtempSync(join(tmpdir(), "portico-package-"));
  t.after(() => rmSync(project, { recursive: true }));
  const packed = run(root, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", project);
  const [{ filename }] = JSON.parse(packed);
  writeFileSync(join(project, "package.json"), '{ "name": "page", "private": true, "type": "module" }');

  run(project, "npm", "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", `./${filename}`);

  const installed = join(project, "node_modules", "portico-billing");
  assert.deepEqual(readdirSync(installed, { recursive: true }).sort(), [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "package.json",
    "portico.d.ts",
    "portico.js",
  ]);
  assert.deepEqual(readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith(".")), [
    "portico-billing",
  ]);

  writeFileSync(
    join(project, "page.js"),
    `import { PorticoError, getAccount, listInvoices, openBillingPortal } from "portico-billing";
     console.log(import.meta.resolve("portico-billing"));
     console.log(typeof getAccount, typeof listInvoices, typeof openBillingPortal);
     console.log(String(new PorticoError("framed", "m")));`,
  );
  const [address, ...values] = run(project, process.execPath, "page.js").trim().split("\n");
  assert.match(address, /\/node_modules\/portico-billing\/portico\.js$/);
  assert.deepEqual(values, ["function function function", "PorticoError: m"]);

  copyFileSync(new URL("types.ts", import.meta.url), join(project, "types.ts"));
  const options = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom", "--types", ""];
  for (const [resolution, module] of [
    ["bundler", "esnext"],
    ["node16", "node16"],
  ]) {
    assert.equal(tsc(project, ...options, "--module", module, "--moduleResolution", resolution, "types.ts"), "");
  }
});

test("The licences are the repository's", () => {
  for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    assert.equal(readFileSync(join(root, name), "utf8"), repositoryFile(name));
  }
});

test("The README's table has each code that a page can get once and no other", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, table] = readme.match(/^\| `code` \| What to do \|$\n^[ |-]+$\n((?:^\|.*$\n)+)/m);
  const listed = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);

  assert.deepEqual(listed.sort(), [...codesForPages(), "network_error", "invalid_answer", "framed"].sort());
});
