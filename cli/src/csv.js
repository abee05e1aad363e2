/** CSV (RFC 4180): quotation marks, line ends, and the line on which each record begins. */

/** @typedef {{ number: number, fields: string[], open: boolean }} CsvRecord `open` where a quotation mark is not closed. */

/**
 * The records of a file. Empty lines are none. A byte order mark, which spreadsheets write, is passed over; bytes that
 * are not UTF-8 become U+FFFD.
 *
 * @param {Uint8Array} bytes
 * @returns {CsvRecord[]}
 */
export function records(bytes) {
  const text = new TextDecoder().decode(bytes);
  /** @type {CsvRecord[]} */
  const found = [];
  let number = 1;
  /** @type {CsvRecord} */
  let record = { number, fields: [], open: false };
  // A field, and what ends it. Quotation marks within a field that has none around it are text.
  const field = /(?:"((?:[^"]|"")*)"([^,\r\n]*)|([^,\r\n]*))(,|\r\n|\n|\r|$)/gy;
  for (let match = field.exec(text); match; match = field.exec(text)) {
    const [whole, quoted, rest = "", plain = "", end] = match;
    record.fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"') + rest);
    record.open ||= plain.startsWith('"');
    number += whole.split("\n").length - 1;
    if (end !== ",") {
      if (record.fields.length > 1 || record.fields[0] !== "") found.push(record);
      record = { number, fields: [], open: false };
    }
    if (end === "") break;
  }
  return found;
}

/**
 * A record of a file, with quotation marks where they are needed.
 *
 * @param {readonly unknown[]} fields
 */
export function line(fields) {
  const each = fields.map((field) => {
    const text = String(field ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${each.join(",")}\n`;
}
