// The languages of the billing page.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { LANGUAGES, languageFor, wordsIn } from "./words.mjs";

const PAGE = new URL("../../examples/dashboard/", import.meta.url);
const placeholders = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test("Each language has the same texts, with the same values in them", () => {
  const [first, ...others] = Object.values(LANGUAGES);
  assert.ok(others.length > 0);
  for (const texts of others) {
    assert.deepEqual(Object.keys(texts), Object.keys(first));
    for (const [name, text] of Object.entries(texts)) {
      assert.notEqual(text, "", name);
      // A list has as many items in each language.
      assert.equal(text.split("|").length, first[name].split("|").length, name);
      assert.deepEqual(placeholders(text), placeholders(first[name]), name);
    }
  }
});

test("Each text is used, and each that is used is there", () => {
  const names = readdirSync(PAGE).filter((name) => /\.(js|html)$/.test(name) && !/english|german/.test(name));
  const page = names.map((name) => readFileSync(new URL(name, PAGE), "utf8")).join("\n");
  // Some names are made of two parts: `per_month`, `forbidden_title`.
  const made = /^(per|action|list|invoice|problem)_|_(title|text|name)$/;
  for (const name of Object.keys(LANGUAGES.en)) {
    assert.ok(made.test(name) || new RegExp(`["'\`]${name}["'\`]`).test(page), `${name} is used`);
  }
  for (const [, name] of page.matchAll(/(?:data-text=|\btext\()"(\w+)"/g)) assert.ok(name in LANGUAGES.en, name);
});

test("The language is the first of the user's that the page speaks", () => {
  assert.equal(languageFor(["fr-FR", "de-AT", "en-US"]), "de");
  assert.equal(languageFor(["en-AU"]), "en");
  assert.equal(languageFor(["fr", "ja"]), "en");
  assert.equal(languageFor([]), "en");
});

test("How often a price is paid is said in words, and an interval of the future is left out", () => {
  const { per } = wordsIn("de", []);
  assert.deepEqual([per("month", 1), per("month", 3), per("year", 1), per("decade", 1)], ["pro Monat", "alle 3 Monate", "pro Jahr", ""]);
});
