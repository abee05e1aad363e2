// The description for machines: that it is valid, and that it says what the package and the documents say.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Validator } from "@seriousme/openapi-schema-validator";

import { documentedCodes, repositoryFile } from "./documented.mjs";
import { PAGES, codesForPages, codesOf, inlined, openapi, operations, resolve } from "./openapi.mjs";
import { tsc } from "./tools.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

test("openapi.yaml is a valid description by OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(openapi));

  assert.ok(valid, JSON.stringify(errors, null, 2));
  assert.equal(validator.version, "3.1");
});

test("The validator refuses a description that is not valid", async () => {
  const broken = structuredClone(openapi);
  broken.paths["/healthz"].get.responses = { OK: { description: "A status is a number." } };

  assert.equal((await new Validator().validate(broken)).valid, false);
});

test("Every reference of openapi.yaml leads somewhere, and every component is referred to", () => {
  const used = new Set();
  const walk = (value) => {
    if (typeof value !== "object" || value === null) return;
    if (typeof value.$ref === "string") {
      resolve(value);
      used.add(value.$ref);
    }
    Object.values(value).forEach(walk);
  };
  walk(openapi);

  for (const [kind, components] of Object.entries(openapi.components)) {
    if (kind === "securitySchemes") continue;
    for (const name of Object.keys(components)) {
      assert.ok(used.has(`#/components/${kind}/${name}`), `${kind}/${name}`);
    }
  }
});

test("The version that openapi.yaml is about is the repository's", () => {
  const [, version] = repositoryFile("Cargo.toml").match(/^version = "(.+)"$/m);

  assert.equal(openapi.info.version, version);
  assert.equal(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version, version);
});

test("The error codes of openapi.yaml are those of errors.md, and some answer has each", () => {
  const { enum: codes, description } = openapi.components.schemas.ErrorCode;
  const explained = [...description.matchAll(/^\| `(\w+)` \| \d+ \|/gm)].map(([, code]) => code);
  const answered = [
    ...operations().flatMap(({ operation }) => codesOf(operation.responses)),
    ...Object.values(openapi.paths).flatMap((item) => codesOf(item["x-other-methods"])),
    ...codesOf(openapi["x-other-paths"]),
  ];

  // Only Stripe sees that its signature is refused; pages never call the webhook.
  assert.deepEqual([...codes].sort(), [...documentedCodes(), "invalid_signature"].sort());
  assert.deepEqual(explained, codes);
  assert.deepEqual([...new Set(answered)].sort(), [...codes].sort());
});

test("The status of a code in the list of errors is the one that it is answered with", () => {
  const { description } = openapi.components.schemas.ErrorCode;
  const listed = Object.fromEntries([...description.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, ...row]) => row));
  const maps = [
    openapi["x-other-paths"],
    ...Object.values(openapi.paths).map((item) => item["x-other-methods"]),
    ...operations().map(({ operation }) => operation.responses),
  ];

  for (const [status, response] of maps.flatMap(Object.entries)) {
    for (const code of codesOf({ [status]: response })) assert.equal(listed[code], status, code);
  }
});

test("The paths that pages call take a token and answer preflights, and no others do", () => {
  for (const [path, item] of Object.entries(openapi.paths)) {
    // What answers to GET may also answer to HEAD.
    const own = operations().filter((entry) => entry.path === path && !["options", "head"].includes(entry.method));
    assert.equal(own.length, 1, path);
    const [{ operation }] = own;
    const isForPages = PAGES.includes(path);
    assert.deepEqual(operation.security, isForPages ? undefined : [], path);
    assert.equal("options" in item, isForPages, path);
    for (const [status, response] of Object.entries({ ...operation.responses, ...item["x-other-methods"] })) {
      assert.equal("Vary" in resolve(response).headers, isForPages, `${path} ${status}`);
    }
  }
  assert.deepEqual(openapi.security, [{ bearer: [] }]);
});

test("The declared types are those of openapi.yaml, both ways, and so are the codes", (t) => {
  const directory = temporary(t);
  const { schemas } = openapi.components;
  const same = [
    ...["Account", "Card", "Invoice", "InvoicePage", "Payment", "PaymentPage"],
    ...["Subscription", "SubscriptionPage", "SubscribedItem"],
    ...["Flow", "PaymentMethodUpdateFlow", "CustomerUpdateFlow", "SubscriptionCancelFlow", "SubscriptionPauseFlow"],
    ...["SubscriptionUpdateFlow", "SubscriptionUpdateConfirmFlow", "SubscriptionItem", "Locale"],
    "CheckoutLocale",
  ];
  const names = [...same, "Discount", "Error", "InsufficientBalance", "PortalRequest", "CheckoutRequest"];
  const schema = (name) => JSON.stringify(inlined(schemas[name]));
  const source = `
    import type { FromSchema } from "json-schema-to-ts";
    import type * as declared from ${JSON.stringify(join(root, "portico.d.ts"))};

    ${names.map((name) => `const ${name} = ${schema(name)} as const;\nvoid ${name};`).join("\n")}

    // A type as it is written out: the same for all spellings of it, and with what is only offered, such as the known
    // values of an open list, left out.
    type Plain<T> = T extends string ? (string extends T ? string : T)
      : T extends number | boolean | null | undefined ? T
      // That there is at least one item, schemas say in a way that has no type here.
      : T extends readonly (infer Item)[] ? readonly Plain<Item>[]
      : { readonly [K in keyof T as T[K] extends undefined ? never : K]: Plain<T[K]> };
    type Open<T> = string & {} extends T ? Exclude<T, string> | string : T;
    type Opened<T> = T extends readonly (infer Item)[] ? Opened<Item>[]
      : T extends object ? { [K in keyof T]: Opened<Open<T[K]>> } : T;
    type Normal<T> = Plain<Opened<T>>;
    type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
    type Keys<T> = T extends unknown ? keyof T : never;
    declare function holds<_Statement extends true>(): void;

    ${same
      .map(
        (name) => `
    holds<Same<Normal<declared.${name}>, Normal<FromSchema<typeof ${name}>>>>();
    holds<Same<Keys<declared.${name}>, Keys<FromSchema<typeof ${name}>>>>();`,
      )
      .join("")}

    // The names of choices are spelled as JavaScript spells names.
    type Body = FromSchema<typeof PortalRequest>;
    type Chosen = Omit<declared.OpenBillingPortalOptions, keyof declared.LeavingOptions>;
    holds<Same<keyof Chosen, "flow" | "locale" | "returnPath">>();
    holds<Same<keyof Body, "flow" | "locale" | "return_path">>();
    holds<Same<Chosen["returnPath"], Body["return_path"] | undefined>>();

    type CheckoutBody = FromSchema<typeof CheckoutRequest>;
    type CheckoutChosen = Omit<declared.StartCheckoutOptions, keyof declared.LeavingOptions>;
    holds<Same<keyof CheckoutChosen, "price" | "quantity" | "locale" | "successPath" | "cancelPath">>();
    holds<Same<keyof CheckoutBody, "price" | "quantity" | "locale" | "success_path" | "cancel_path">>();
    holds<Same<CheckoutChosen["price"], CheckoutBody["price"]>>();
    holds<Same<CheckoutChosen["successPath"], CheckoutBody["success_path"] | undefined>>();

    // A discount is one or the other, which the declarations say by naming what the other must not have.
    type Given<T> = T extends unknown ? { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } : never;
    holds<Same<Given<declared.Discount>, FromSchema<typeof Discount>>>();

    // Of an error the declarations promise no more than its code: what stands between may have made it.
    type Body4xx = FromSchema<typeof Error> | FromSchema<typeof InsufficientBalance>;
    holds<Body4xx extends declared.ErrorBody ? true : false>();
    holds<Same<Keys<Body4xx>, keyof declared.ErrorBody>>();
    holds<Same<Required<Omit<declared.ErrorBody, "error">>, Omit<FromSchema<typeof InsufficientBalance>, "error">>>();

    // The codes that a page can get.
    holds<Same<declared.ServiceErrorCode, ${codesForPages().map((code) => JSON.stringify(code)).join(" | ")}>>();
  `;
  assert.equal(schemas.SubscriptionUpdateConfirmFlow.properties.items.minItems, 1, "as types.ts has it");
  writeFileSync(join(directory, "agreement.ts"), source);
  // The compiler must notice each of these differences; otherwise the test could not fail.
  const differences = [
    ['"type":"boolean"', '"type":["boolean","null"]'],
    ['"amount_remaining",', ""],
    ['"last4":{', '"last_four":{'],
    ['"pending_payment",', ""],
    ['"zh-TW"', '"zh-TW","xx"'],
    ['"quantity":{', '"amount":{'],
    ['["type","subscription"]', '["type"]'],
    ['"promotion_code"]', "]"],
    ['"upgrade_url":{', '"topup_url":{'],
    ['"hi-IN",', ""],
    ['"cancel_path":{', '"back_path":{'],
    ['"rate_limited" | ', ""],
  ];
  for (const [index, [before, after]] of differences.entries()) {
    assert.ok(source.includes(before), before);
    writeFileSync(join(directory, `difference-${index}.ts`), source.replaceAll(before, after));
  }

  const told = tsc(directory, "--project", ".");
  assert.doesNotMatch(told, /^agreement\.ts/m, told);
  for (const [index, [before]] of differences.entries()) {
    assert.match(told, new RegExp(`^difference-${index}\\.ts.* error TS2344`, "m"), before);
  }
});

/** A project for the length of a test, with the package's own settings and dependencies. */
function temporary(t) {
  const parent = join(root, "node_modules", ".cache");
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, "portico-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const settings = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { skipLibCheck: true },
    files: [],
    include: ["*.ts"],
  };
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(settings));
  return directory;
}
