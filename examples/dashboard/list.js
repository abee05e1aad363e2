// A list of the account page: invoices or payments, page after page, with what is shown while there are none.

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
 * @param {string} list.id  Of the section; its parts are `<id>-status`, `-again`, `-table`, `-rows` and `-more`.
 * @param {string} list.things  The plural of its items, such as "invoices".
 * @param {(options: object) => Promise<{ items: { id: string }[], has_more: boolean }>} list.load  Gives a page.
 * @param {(item: any) => import("./format.js").Row} list.toRow
 * @param {(error: unknown) => void} list.onSignedOut  Called when the list cannot be had because nobody is signed in.
 */
export function billingList({ id, things, load, toRow, onSignedOut }) {
  const part = (name) => document.getElementById(`${id}-${name}`);
  const section = document.getElementById(id);
  const [status, again, table, rows, more] = ["status", "again", "table", "rows", "more"].map(part);

  let loading = null;
  let last = null;
  let stopCounting = () => {};

  /** Forgets the rows: they were another user's, or are out of date. Their links are not for keeping. */
  function clear() {
    loading?.abort();
    stopCounting();
    last = null;
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

  /** Loads the rows after those that are shown. */
  async function next() {
    loading?.abort();
    loading = new AbortController();
    const { signal } = loading;
    stopCounting();
    again.hidden = more.hidden = true;
    section.ariaBusy = "true";
    say(`Loading your ${things}…`);
    try {
      const page = await pageAfter(last?.id, signal);
      const added = page.items.map((item) => row(toRow(item)));
      rows.append(...added);
      last = page.items.at(-1) ?? last;
      table.hidden = last === null;
      more.hidden = !page.has_more;
      say(last === null ? `There are no ${things} yet.` : "");
    } catch (error) {
      if (signal.aborted) return;
      const problem = describeList(error, things);
      say(problem.text);
      if (problem.signedOut) {
        onSignedOut(error);
      } else {
        again.hidden = false;
        stopCounting = countDown([again], `Load ${things} again`, problem.wait);
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
    throw new Error(`There are too many drafts among the ${things}.`);
  }

  function say(text) {
    status.textContent = text;
    status.hidden = text === "";
  }

  again.onclick = next;
  more.onclick = async () => {
    const before = rows.children.length;
    await next();
    // The button has moved on or has gone. The focus goes to the first of the rows that it has brought.
    rows.children[before]?.querySelector("a, th")?.focus();
  };
  return { show, clear };
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
