/** The doctor's report. */

/** @import { Check, Finding } from "./finding.js" */
/** @import { Judgement } from "../token/judge.js" */

/**
 * One line a finding: what, why it matters, the remedy and a link.
 *
 * @param {readonly Finding[]} findings
 */
export function lines(findings) {
  return findings
    .map(({ check, level, what, why, remedy, link }) => `${level} ${check}: ${what}. Why: ${why}. Remedy: ${remedy}. ${link}\n`)
    .join("");
}

/**
 * The same for programs, with every check that was made, and what Portico makes of a token, if one was given.
 *
 * @param {readonly Finding[]} findings
 * @param {readonly Check[]} checks
 * @param {Judgement | undefined} token
 */
export function json(findings, checks, token) {
  const made = checks.map(({ id, asks }) => ({ id, asks }));
  return `${JSON.stringify({ findings, checks: made, ...(token && { token: token.verdicts }) }, undefined, 2)}\n`;
}

/**
 * What Portico makes of a token, claim by claim.
 *
 * @param {Judgement} judgement
 */
export function explained({ verdicts }) {
  return verdicts.map(({ part, good, text }) => `token ${part}: ${good ? "good" : "BAD"}, ${text}\n`).join("");
}

/**
 * @param {readonly Finding[]} findings
 * @param {readonly Check[]} checks
 */
export function summary(findings, checks) {
  const count = /** @param {Finding["level"]} level */ (level) => findings.filter((one) => one.level === level).length;
  if (findings.length === 0) return `${checks.length} checks, and nothing found`;
  return `${checks.length} checks: ${count("error")} errors, ${count("warning")} warnings, ${count("unchecked")} unchecked`;
}
