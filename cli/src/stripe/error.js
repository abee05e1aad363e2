/** What went wrong with a call to Stripe, without Stripe's own words: they can have parts of keys in them. */

import Stripe from "stripe";

import { Failure } from "../failure.js";
import { told } from "../http.js";

/**
 * @typedef {object} Problem
 * @property {number} status 0 where there was no answer.
 * @property {string | undefined} code Stripe's code.
 * @property {string | undefined} param
 * @property {string | undefined} permission The permission that a restricted key lacks, such as `rak_customer_read`.
 * @property {boolean} otherMode Whether the object is there in the other mode.
 * @property {string} text For a message.
 */

/**
 * Reads an error of Stripe's package. One that is none is thrown on.
 *
 * @param {unknown} error
 * @returns {Problem}
 */
export function problemOf(error) {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const { statusCode: status = 0, code, param, requestId, message } = error;
  return {
    status,
    code,
    param,
    permission: /\brak_[a-z_]+/.exec(message)?.[0],
    otherMode: /similar object exists in (live|test) mode/.test(message),
    text: status === 0 ? "Stripe is not reached" : `Stripe answered ${told(status, code, requestId)}`,
  };
}

/**
 * Whether Stripe says that there is no such object.
 *
 * @param {Problem} problem
 */
export function isMissing({ status, code }) {
  return status === 404 && code === "resource_missing";
}

/**
 * The failure that a problem makes of a run.
 *
 * @param {Problem} problem
 * @param {string} what
 */
export function failureOf({ status, permission, text }, what) {
  const lacking = permission
    ? `the key lacks the permission ${permission}`
    : "the key lacks a permission (it needs to read customers and subscriptions, and for `--map` to write customers)";
  const advice = {
    401: ": STRIPE_API_KEY is not valid",
    403: `: ${lacking}`,
    429: ": too many calls; a lower `--rate` may help",
  }[status];
  return new Failure(`${text} to ${what}${advice ?? ""}`);
}
