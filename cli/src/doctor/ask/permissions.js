/** The permissions of Portico's key, each tried by a call that changes nothing. */

import { problemOf } from "../../stripe/error.js";

/** @import Stripe from "stripe" */
/** @import { Settings } from "../../settings/variables.js" */

/**
 * @typedef {object} Permission
 * @property {string} resource As Stripe's Dashboard names it.
 * @property {"Read" | "Write"} access
 * @property {string} serves What fails without it.
 * @property {"granted" | "denied" | "unknown"} state
 * @property {string | undefined} name Stripe's name for it, where Stripe has told it.
 */

/** Objects that no account has, so that calls which would change them change nothing. */
const NO_CUSTOMER = "cus_PorticoDoctor";
const NO_SESSION = "cs_test_PorticoDoctor";

/** @typedef {(stripe: Stripe) => Promise<unknown>} Try */
/** @typedef {{ resource: string, access: "Read" | "Write", serves: string, sale?: boolean, try: Try }} Trial */

/** @type {Trial[]} */
const TRIALS = [
  {
    resource: "Customer portal",
    access: "Write",
    serves: "every portal request",
    try: (stripe) => stripe.billingPortal.sessions.create({ customer: NO_CUSTOMER }),
  },
  {
    resource: "Customers",
    access: "Read",
    serves: "every synchronisation",
    try: (stripe) => stripe.customers.list({ limit: 1 }),
  },
  {
    resource: "Subscriptions",
    access: "Read",
    serves: "plans and the list of subscriptions",
    try: (stripe) => stripe.subscriptions.list({ limit: 1 }),
  },
  {
    resource: "Checkout Sessions",
    access: "Read",
    serves: "the events of checkouts",
    try: (stripe) => stripe.checkout.sessions.list({ limit: 1 }),
  },
  {
    resource: "Invoices",
    access: "Read",
    serves: "the list of invoices",
    try: (stripe) => stripe.invoices.list({ limit: 1 }),
  },
  {
    resource: "Charges",
    access: "Read",
    serves: "the history of payments",
    try: (stripe) => stripe.charges.list({ limit: 1 }),
  },
  {
    resource: "Customers",
    access: "Write",
    serves: "the first checkout of a user",
    sale: true,
    try: (stripe) => stripe.customers.update(NO_CUSTOMER, {}),
  },
  {
    resource: "Checkout Sessions",
    access: "Write",
    serves: "every checkout",
    sale: true,
    try: (stripe) => stripe.checkout.sessions.expire(NO_SESSION),
  },
];

/**
 * Tries each permission that Portico needs with these settings.
 *
 * @param {Stripe} stripe
 * @param {Settings} settings
 * @returns {Promise<Permission[]>}
 */
export async function permissionsOf(stripe, settings) {
  const needed = TRIALS.filter(({ sale }) => !sale || settings.checkout_prices !== "");
  return Promise.all(
    needed.map(async ({ resource, access, serves, try: call }) => {
      const { state, name } = await stateOf(() => call(stripe));
      return { resource, access, serves, state, name };
    }),
  );
}

/**
 * A key that may make the call is told what is wrong with it: there is no such object.
 *
 * @param {() => Promise<unknown>} call
 * @returns {Promise<Pick<Permission, "state" | "name">>}
 */
async function stateOf(call) {
  try {
    await call();
    return { state: "granted", name: undefined };
  } catch (error) {
    const { status, permission: name } = problemOf(error);
    if (status === 403) return { state: "denied", name };
    return { state: status === 400 || status === 404 ? "granted" : "unknown", name };
  }
}
