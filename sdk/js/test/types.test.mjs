// The compiler as a test, and the lists of the declarations held to those of the repository.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { acceptedLocales } from "./documented.mjs";
import { codesForPages } from "./openapi.mjs";
import { tsc } from "./tools.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

for (const [resolution, module] of [
  ["bundler", "esnext"],
  ["node16", "node16"],
]) {
  test(`The code keeps its declarations, and these allow what they should, as ${resolution} resolves names`, () => {
    assert.equal(tsc(root, "--project", ".", "--module", module, "--moduleResolution", resolution), "");
  });
}

test("The declared codes and locales are those that Portico has", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "portico-types-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const codes = codesForPages();
  const locales = acceptedLocales();
  assert.ok(codes.length >= 14 && locales.length >= 47, "the lists were found");
  // Each line is an error that names what one side lacks.
  const source = `
    import type { Locale, ServiceErrorCode } from ${JSON.stringify(join(root, "portico.d.ts"))};
    type DocumentedCode = ${union(codes)};
    type AcceptedLocale = ${union(locales)};
    export const undeclaredCode: never = undefined! as Exclude<DocumentedCode, ServiceErrorCode>;
    export const undocumentedCode: never = undefined! as Exclude<ServiceErrorCode, DocumentedCode>;
    export const undeclaredLocale: never = undefined! as Exclude<AcceptedLocale, Locale>;
    export const refusedLocale: never = undefined! as Exclude<Locale, AcceptedLocale>;
  `;
  writeFileSync(join(directory, "lists.ts"), source);

  const options = ["--strict", "--noEmit", "--allowImportingTsExtensions", "--module", "esnext"];
  assert.equal(tsc(directory, ...options, "--moduleResolution", "bundler", "--types", "", "lists.ts"), "");
});

function union(names) {
  return names.map((name) => JSON.stringify(name)).join(" | ");
}
