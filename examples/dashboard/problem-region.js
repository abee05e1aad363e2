// The part of the page that tells of a problem.

import { countDown } from "./countdown.js";

const element = (id) => document.getElementById(id);
const show = (id, visible = true) => (element(id).hidden = !visible);

/**
 * @param {() => import("./words.js").Words} words
 * @param {() => HTMLButtonElement[]} leavers  The buttons that wait as long as a retry has to wait.
 */
export function problemRegion(words, leavers) {
  let stopCounting = () => {};
  /** The problem that is shown: what it was, how it is described, and what can be done. */
  let current = null;

  /**
   * @param {unknown} error
   * @param {() => import("./problems.js").Problem} describe
   * @param {Record<string, () => void>} acts  What the button does, by the problem's `action`.
   */
  function tell(error, describe, acts) {
    current = { error, describe, acts };
    const problem = write();
    const button = element("problem-action");
    const act = acts[problem.action];
    button.onclick = act ?? null;
    show("problem-action", Boolean(act));
    if (act) {
      const waiting = (seconds) => words().text("problem_wait", { label: problem.label, seconds });
      stopCounting = countDown([button, ...leavers()], problem.label, waiting, problem.wait ?? 0);
    }
    if (problem.link?.href === "#plans") acts.plans();
    element("problem").dataset.code = error?.code ?? "";
    show("problem");
    // On a phone, what has just appeared may be out of sight.
    element("problem").scrollIntoView({ block: "nearest" });
  }

  /** Writes the problem's texts in the language that is chosen. */
  function write() {
    const problem = current.describe();
    const reference = problem.reference && current.error?.requestId;
    element("problem-title").textContent = problem.title;
    element("problem-text").textContent = problem.text;
    element("problem-reference").textContent = reference ? words().text("problem_reference", { id: reference }) : "";
    show("problem-reference", Boolean(reference));
    const link = element("problem-link");
    if (problem.link) {
      link.href = problem.link.href;
      link.textContent = problem.link.text;
    }
    show("problem-link", Boolean(problem.link));
    return problem;
  }

  function clear() {
    stopCounting();
    for (const button of leavers()) button.disabled = false;
    show("problem", false);
    current = null;
  }

  /** Writes it anew, after another language was chosen. A wait goes on. */
  function translate() {
    if (!current) return;
    const { label } = write();
    if (label && !element("problem-action").disabled) element("problem-action").textContent = label;
  }

  return { show: tell, clear, translate };
}
