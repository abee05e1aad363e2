/** What the doctor finds. */

/** Where the project's documents are. */
export const DOCS = "https://github.com/portico-billing/portico/blob/main/docs";

/** Where Stripe's Dashboard is. */
export const DASHBOARD = "https://dashboard.stripe.com";

/**
 * @typedef {object} Symptom What a check sees.
 * @property {string} what
 * @property {string} remedy
 * @property {"error" | "warning" | "unchecked"} [level] An error unless it says otherwise.
 */

/** @typedef {Required<Symptom> & { check: string, why: string, link: string }} Finding A line of the report. */

/**
 * @typedef {object} Check A function from facts to symptoms, and what is the same for all of these.
 * @property {string} id
 * @property {string} asks What is looked at, for the list of checks.
 * @property {string} why Why it matters.
 * @property {string} link Where more is said.
 * @property {(facts: import("./facts.js").Facts) => Symptom[]} find
 */

/**
 * Runs checks over facts.
 *
 * @param {readonly Check[]} checks
 * @param {import("./facts.js").Facts} facts
 * @returns {Finding[]}
 */
export function diagnose(checks, facts) {
  return checks.flatMap(({ id, why, link, find }) =>
    find(facts).map(({ what, remedy, level = "error" }) => ({ check: id, level, what, why, remedy, link })),
  );
}

/**
 * The symptom that something could not be read at Stripe, if so.
 *
 * @param {{ problem?: import("../stripe/error.js").Problem } | undefined} outcome
 * @param {string} what
 * @returns {Symptom[]}
 */
export function unreadable(outcome, what) {
  const problem = outcome?.problem;
  if (!problem) return [];
  const permission = problem.permission ? ` (${problem.permission})` : "";
  const remedy =
    problem.status === 403
      ? `give STRIPE_API_KEY the permission to read ${what}${permission}, or set a key of your own beside Portico's`
      : "run it again";
  return [{ level: "unchecked", what: `the ${what} could not be read: ${problem.text}`, remedy }];
}
