// A list of the page: invoices or payments, page after page, with what is shown while there are none.

import { countDown } from "./countdown.js";
import { describeList } from "./problems.js";

/** How long a page is. */
const LIMIT = 10;
/** The longest that Portico allows. */
const LONGEST = 100;

/**
 * Brings a section of the page to life.
 *
 * @param {object} list
 * @param {"invoices" | "payments"} list.id  Of the section; its parts are `<id>-status`, `-again`, `-table`, `-rows` and
 * `-more`.
 * @param {() => import("./words.js").Words} list.words
 * @param {(options: object) => Promise<{ items: { id: string }[], has_more: boolean }>} list.load  Gives a page.
 * @param {(item: any) => import("./rows.js").Row} list.toRow
 * @param {(error: unknown) => void} list.onSignedOut  Called when the list cannot be had because nobody is signed in.
 */
export function billingList({ id, words, load, toRow, onSignedOut }) {
  const part = (name) => document.getElementById(`${id}-${name}`);
  const section = document.getElementById(id);
  const [status, again, table, rows, more] = ["status", "again", "table", "rows", "more"].map(part);

  let loading = null;
  let items = [];
  /** What the status says, in whatever language it is asked for. */
  let told = null;
  let stopCounting = () => {};

  /** Forgets the rows: they were another user's, or are out of date. Their links are not for keeping. */
  function clear() {
    loading?.abort();
    stopCounting();
    items = [];
    rows.replaceChildren();
    table.hidden = more.hidden = again.hidden = true;
    section.hidden = true;
    section.ariaBusy = "false";
  }

  /** Loads it anew. */
  function show() {
    clear();
    section.hidden = false;
    return next();
  }

  /** Writes what is there in another language. */
  function translate() {
    rows.replaceChildren(...items.map((item) => row(toRow(item))));
    more.textContent = words().text("list_older", { things: words().text(id) });
    again.textContent = words().text("list_again", { things: words().text(id) });
    say(told);
  }

  /** Loads the rows after those that are shown. */
  async function next() {
    loading?.abort();
    loading = new AbortController();
    const { signal } = loading;
    stopCounting();
    again.hidden = more.hidden = true;
    section.ariaBusy = "true";
    say(() => words().text("list_loading", { things: words().text(id) }));
    try {
      const page = await pageAfter(items.at(-1)?.id, signal);
      items.push(...page.items);
      rows.append(...page.items.map((item) => row(toRow(item))));
      table.hidden = items.length === 0;
      more.hidden = !page.has_more;
      more.textContent = words().text("list_older", { things: words().text(id) });
      say(items.length ? null : () => words().text("list_empty", { things: words().text(id) }));
    } catch (error) {
      if (signal.aborted) return;
      const problem = describeList(error, id, words());
      say(() => describeList(error, id, words()).text);
      if (problem.signedOut) {
        onSignedOut(error);
      } else {
        const label = words().text("list_again", { things: words().text(id) });
        const waiting = (seconds) => words().text("problem_wait", { label, seconds });
        again.hidden = false;
        stopCounting = countDown([again], label, waiting, problem.wait);
      }
    }
    section.ariaBusy = "false";
  }

  /** A page with something on it, or the last one. Drafts are left out of pages, so one can be empty in the middle. */
  async function pageAfter(startingAfter, signal) {
    for (const limit of [LIMIT, LONGEST]) {
      const page = await load({ limit, startingAfter, signal });
      if (page.items.length > 0 || !page.has_more) return page;
    }
    throw new Error(`There are too many drafts among the ${id}.`);
  }

  function say(text) {
    told = text;
    status.textContent = text?.() ?? "";
    status.hidden = text === null;
  }

  again.onclick = next;
  more.onclick = async () => {
    const before = rows.children.length;
    await next();
    // The button has moved on or has gone. The focus goes to the first of the rows that it has brought.
    rows.children[before]?.querySelector("a, th")?.focus();
  };
  return { show, clear, translate };
}

/** A row of the table. Everything in it is text, so that nothing that a seller writes becomes part of the page. */
function row({ date, title, note, status, mood, amount, links }) {
  const line = document.createElement("tr");
  const head = cell("th", title);
  head.scope = "row";
  head.tabIndex = -1;
  if (note) head.append(Object.assign(document.createElement("span"), { className: "fine", textContent: note }));
  const state = cell("td", status);
  state.className = mood;
  const anchors = links.map(({ text, name, href }) => {
    const anchor = document.createElement("a");
    // Neither the page that opens nor its server is told where the user comes from.
    Object.assign(anchor, { href, textContent: text, target: "_blank", rel: "noopener noreferrer", ariaLabel: name });
    return anchor;
  });
  const last = cell("td", "");
  last.append(...anchors.flatMap((anchor) => [anchor, " "]));
  line.append(cell("td", date), head, state, cell("td", amount, "amount"), last);
  return line;
}

function cell(tag, text, className = "") {
  return Object.assign(document.createElement(tag), { textContent: text, className });
}
