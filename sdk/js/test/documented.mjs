// What the repository says elsewhere, for the tests that hold the package to it.

import { readFileSync } from "node:fs";

/** The text of a file of the repository. */
export function repositoryFile(path) {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
}

/** The error codes that have a section in `docs/errors.md`. */
export function documentedCodes() {
  return [...repositoryFile("docs/errors.md").matchAll(/^## `(\w+)`$/gm)].map(([, code]) => code);
}

/** The locales that Portico accepts. */
export function acceptedLocales() {
  const [, list] = repositoryFile("src/stripe/portal_session.rs").match(/pub const LOCALES: \[&str; \d+\] = \[([^\]]+)\]/);
  return [...list.matchAll(/"([^"]+)"/g)].map(([, locale]) => locale);
}
