// The words of the page in the user's language, and how amounts and days are written in it. Nothing here touches the page.

import { english } from "./english.js";
import { german } from "./german.js";
import { formatAmount } from "./portico-format.js";

/** The texts of each language that the page speaks. */
export const LANGUAGES = { en: english, de: german };

/**
 * What a text can be asked for.
 *
 * @typedef {object} Words
 * @property {"en" | "de"} language
 * @property {(name: keyof typeof english, values?: Record<string, unknown>) => string} text
 * @property {(amount: number | null, currency: string | null) => string} amount
 * @property {(seconds: number | null, length?: "long" | "medium") => string} day  `seconds` are since 1970.
 * @property {(number: number) => string} number
 * @property {(interval: string, count: number) => string} per  How often a price is paid.
 */

/**
 * Returns the first language of the user's that the page speaks.
 *
 * @param {readonly string[]} locales  The user's, most wanted first.
 */
export function languageFor(locales) {
  return locales.map((locale) => locale.slice(0, 2)).find((language) => language in LANGUAGES) ?? "en";
}

/**
 * Makes the words of a language. Numbers and days are written as in the user's own locale of that language, if there is
 * one: an American and a Briton read different days.
 *
 * @param {string} language
 * @param {readonly string[]} locales  The user's, most wanted first.
 * @returns {Words}
 */
export function wordsIn(language, locales) {
  const texts = LANGUAGES[language];
  const locale = locales.find((locale) => locale.slice(0, 2) === language) ?? language;
  const text = (name, values = {}) => texts[name].replaceAll(/\{(\w+)\}/g, (_, value) => values[value] ?? "");
  return {
    language,
    text,
    amount: (amount, currency) => formatAmount(amount, currency, locale),
    day: (seconds, length = "medium") =>
      seconds === null ? "" : new Date(seconds * 1000).toLocaleDateString(locale, { dateStyle: length }),
    number: (number) => number.toLocaleString(locale),
    // Stripe may have other intervals some day; a price without its interval says less, but nothing wrong.
    per: (interval, count) => {
      const name = count === 1 ? `per_${interval}` : `per_${interval}s`;
      return name in texts ? text(name, { count }) : "";
    },
  };
}
