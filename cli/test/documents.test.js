/** What this program and the rest of the repository say of the same. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { parse } from "smol-toml";

import { CHECKS } from "../src/doctor/checks.js";
import { main } from "../src/main.js";
import { EVENT_TYPES } from "../src/portico/event.js";
import { readSettings } from "../src/settings/read.js";
import { DEFAULTS, SECRETS, names } from "../src/settings/variables.js";
import { API_VERSION } from "../src/stripe/client.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** @param {string} path */
const read = (path) => readFileSync(join(ROOT, path), "utf8");

/** @type {Record<string, { default?: string, required?: boolean, secret?: boolean }>} */
const VARIABLES = /** @type {any} */ (parse(read("spin.toml")).variables);

test("the events are those that Portico's own documents list", () => {
  const table = read("docs/webhooks.md").split("| Event | When |")[1]?.split("\n\n")[0] ?? "";
  const listed = [...table.matchAll(/^ *\| `([a-z_.]+)` \|/gm)].map(([, type]) => type);
  assert.deepEqual([...EVENT_TYPES].sort(), listed.sort());
});

test("every variable is known, with the default of the manifest", () => {
  for (const [name, variable] of Object.entries(VARIABLES)) {
    assert.ok(names().includes(name), `${name} is not known here`);
    assert.equal(SECRETS.includes(name), variable.secret ?? false, name);
    if (name in DEFAULTS) {
      assert.equal(DEFAULTS[/** @type {keyof typeof DEFAULTS} */ (name)], variable.default, name);
    }
  }
  assert.equal(API_VERSION, VARIABLES.stripe_api_version?.default);
});

test("the repository's manifest is read, and the environment takes its place", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "portico-settings-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const envFile = join(folder, "env");
  writeFileSync(envFile, 'SPIN_VARIABLE_PLANS="pro=*"\nSPIN_VARIABLE_JWT_ISSUER=file\nOTHER=1\n');
  const env = { SPIN_VARIABLE_JWT_ISSUER: " process ", SPIN_VARIABLE_STRIPE_API_KEY: "sk_test_1", SPIN_VARIABLE_FRONTEND_ULR: "x" };
  const manifest = join(ROOT, "spin.toml");

  const alone = readSettings({ spinToml: manifest }, env);
  assert.deepEqual(alone.missing, ["frontend_url", "jwt_issuer", "jwt_audience"]);
  assert.equal(alone.settings.plans, "paid=*");
  assert.equal(alone.secret("stripe_api_key"), "sk_test_1", "a secret comes from the environment in any case");

  const file = readSettings({ spinToml: manifest, envFile }, env);
  assert.equal(file.settings.plans, "pro=*");
  assert.equal(file.settings.jwt_issuer, "file");

  const both = readSettings({ spinToml: manifest, envFile, env: true }, env);
  assert.equal(both.settings.jwt_issuer, "process");
  assert.deepEqual(both.unknown, ["frontend_ulr"]);
  assert.ok(!JSON.stringify([both.raw, both.settings]).includes("sk_test_1"));

  const without = readSettings({ env: true }, env);
  assert.equal(without.settings.jwt_issuer, "process");
  assert.equal(without.settings.jwt_user_claim, "sub");
});

test("an application in which Portico is one of several components is read", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "portico-settings-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const manifest = join(folder, "spin.toml");
  writeFileSync(
    manifest,
    `[variables]
     key = { required = true, secret = true }
     host = { default = "app.example.com" }
     [component.site]
     source = "site.wasm"
     [component.billing.variables]
     stripe_api_key = "{{ key }}"
     frontend_url = "https://{{ host }}"
     jwt_issuer = "https://issuer.example.com/"
     jwt_audience = "{{ missing }}"`,
  );
  const { settings, missing } = readSettings({ spinToml: manifest }, {});
  assert.equal(settings.frontend_url, "https://app.example.com");
  assert.equal(settings.jwt_issuer, "https://issuer.example.com/");
  assert.deepEqual(missing, ["jwt_audience"]);
  writeFileSync(manifest, "[component.site]\n");
  assert.throws(() => readSettings({ spinToml: manifest }, {}), /none is Portico/);
  writeFileSync(manifest, "[component");
  assert.throws(() => readSettings({ spinToml: manifest }, {}), /is not TOML/);
});

test("a misspelt name is found beside the manifest", async () => {
  let output = "";
  const desk = {
    env: { STRIPE_API_KEY: "rk_test_1", SPIN_VARIABLE_FRONTEND_ULR: "x", SPIN_VARIABLE_SOMETHING_ELSE: "y" },
    print: (/** @type {string} */ text) => void (output += text),
    tell: () => undefined,
  };
  const code = await main(["doctor", "--spin-toml", join(ROOT, "spin.toml"), "--env", "--api-base", "http://127.0.0.1:9"], desk);
  assert.equal(code, 3);
  assert.match(output, /settings-names: SPIN_VARIABLE_FRONTEND_ULR is no variable .* Remedy: write SPIN_VARIABLE_FRONTEND_URL\./);
  assert.match(output, /settings-names: SPIN_VARIABLE_SOMETHING_ELSE is no variable .* Remedy: remove it/);
  assert.match(output, /settings-required: frontend_url has no value/);
});

test("the documents list every check with what it asks, and no other", async () => {
  const [, table = ""] = read("docs/operations.md").split("| Check | It looks whether |\n| --- | --- |\n");
  const rows = table.split("\n\n")[0]?.replace(/^\| `(.+)` \| (.+) \|$/gm, "$1: $2");
  let output = "";
  const desk = { env: {}, print: (/** @type {string} */ text) => void (output += text), tell: () => undefined };
  assert.equal(await main(["doctor", "--list"], desk), 0);
  assert.equal(output, CHECKS.map(({ id, asks }) => `${id}: ${asks}\n`).join(""));
  assert.equal(`${rows}\n`, output);
  assert.equal(new Set(CHECKS.map(({ id }) => id)).size, CHECKS.length);
});

test("the links of the checks lead to headings of the documents", () => {
  for (const { id, link } of CHECKS) {
    const [, page, anchor] = /^https:\/\/github\.com\/portico-billing\/portico\/blob\/main\/(docs\/[a-z-]+\.md)(?:#(.*))?$/.exec(link) ?? [];
    if (page === undefined) {
      assert.match(link, /^https:\/\/dashboard\.stripe\.com\//, id);
      continue;
    }
    const anchors = [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      (title ?? "").toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"),
    );
    if (anchor !== undefined) assert.ok(anchors.includes(anchor), `${id}: ${link}`);
  }
});

test("what is packed runs by its name, and has the repository's licences", (t) => {
  const root = join(ROOT, "cli");
  const project = mkdtempSync(join(tmpdir(), "portico-package-"));
  t.after(() => rmSync(project, { recursive: true }));
  const npm = /** @param {string} folder @param {...string} args */ (folder, ...args) =>
    execFileSync("npm", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const [packed] = JSON.parse(npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", project));
  const files = packed.files.map((/** @type {{ path: string }} */ { path }) => path);
  const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  assert.deepEqual(files.sort(), ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "bin/portico.js", "package.json", ...sources].sort());
  for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) assert.equal(read(`cli/${name}`), read(name));

  execFileSync("tar", ["-xzf", packed.filename], { cwd: project });
  const installed = join(project, "package");
  const { bin, version } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  // Its dependencies are those that are installed here.
  execFileSync("cp", ["-R", join(root, "node_modules"), installed]);
  const said = execFileSync(process.execPath, [join(installed, bin.portico), "--version"], { encoding: "utf8" });
  assert.equal(said.trim(), version);
});
