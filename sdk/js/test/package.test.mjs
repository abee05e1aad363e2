// The package as it is packed, and what is written about it.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { formatMessage } from "publint/utils";
import { publint } from "publint";

import { repositoryFile } from "./documented.mjs";
import { codesForPages } from "./openapi.mjs";
import { run, tsc } from "./tools.mjs";
import { writeCommonJs } from "../scripts/cjs.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A folder for the length of a test. */
function folder(t) {
  const place = mkdtempSync(join(tmpdir(), "portico-package-"));
  t.after(() => rmSync(place, { recursive: true }));
  return place;
}

/** Packs the package into a folder, and gives the file's name. */
function pack(place) {
  const packed = run(root, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", place);
  const parsed = JSON.parse(packed);
  // npm 12 gives an object, by the names of packages.
  const [{ filename }] = Object.values(parsed);
  return filename;
}

/** The files below a folder, in order. */
function filesOf(place) {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(place, join(entry.parentPath, entry.name)))
    .sort();
}

test("What is packed has the intended files, and is imported by its name", (t) => {
  const project = folder(t);
  const filename = pack(project);
  writeFileSync(join(project, "package.json"), '{ "name": "page", "private": true, "type": "module" }');

  run(project, "npm", "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", `./${filename}`);

  const installed = join(project, "node_modules", "portico-billing");
  const modules = ["format.d.ts", "format.js", "portico.d.ts", "portico.js", "react/index.d.ts", "react/index.js"];
  const types = ["types/answers.d.ts", "types/errors.d.ts", "types/portal.d.ts"];
  assert.deepEqual(
    filesOf(installed),
    [
      ...["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json", "react/package.json", "cjs/package.json"],
      ...[...modules, ...types].flatMap((name) => [name, `cjs/${name}`]),
    ].sort(),
  );
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

  writeFileSync(
    join(project, "page.cjs"),
    `const { PorticoError, getAccount } = require("portico-billing");
     const { formatAmount } = require("portico-billing/format");
     console.log(require.resolve("portico-billing"));
     console.log(typeof getAccount, formatAmount(1200, "usd", "en-US"), require("portico-billing/package.json").version);
     console.log(String(new PorticoError("framed", "m")));`,
  );
  const [required, ...others] = run(project, process.execPath, "page.cjs").trim().split("\n");
  assert.match(required, /\/node_modules\/portico-billing\/cjs\/portico\.js$/);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  assert.deepEqual(others, [`function $12.00 ${version}`, "PorticoError: m"]);

  copyFileSync(new URL("types.ts", import.meta.url), join(project, "types.ts"));
  const options = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom", "--types", ""];
  for (const [resolution, module] of [
    ["bundler", "esnext"],
    ["node16", "node16"],
  ]) {
    assert.equal(tsc(project, ...options, "--module", module, "--moduleResolution", resolution, "types.ts"), "");
  }
});

test("The files for CommonJS are what the build makes of the modules", (t) => {
  const fresh = join(folder(t), "cjs");
  writeCommonJs(fresh);
  const written = join(root, "cjs");

  const names = filesOf(fresh);
  assert.deepEqual(filesOf(written), names, "npm run build writes them");
  for (const name of names) {
    const [made, kept] = [fresh, written].map((place) => readFileSync(join(place, name), "utf8"));
    assert.equal(kept, made, `npm run build writes cjs/${name}`);
  }
});

test("publint has nothing to say about the package", async (t) => {
  const place = folder(t);
  const tarball = readFileSync(join(place, pack(place)));
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true });

  assert.deepEqual(messages.map((message) => formatMessage(message, pkg, { color: false })), []);
});

test("All ways to resolve the package's types lead to the right ones", (t) => {
  const place = folder(t);
  const program = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");

  // It fails, and says what is wrong, unless each entry point is right in each way.
  const told = run(place, process.execPath, program, "--no-emoji", "--no-color", join(place, pack(place)));

  assert.match(told, /No problems found/);
  for (const entry of ["portico-billing", "portico-billing/format", "portico-billing/react"]) {
    assert.ok(told.includes(`"${entry}"`), `${entry} was looked at:\n${told}`);
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
