/** Users and customers, by the identifiers that name them. */

import { createHash } from "node:crypto";

/**
 * Whether a text is the identifier of a customer, which can stand in a path and on a screen as it is.
 *
 * @param {unknown} text
 * @returns {text is string}
 */
export function isCustomerId(text) {
  return typeof text === "string" && text.length <= 255 && /^cus_[A-Za-z0-9_]+$/.test(text);
}

/**
 * Whether a token could name such a user: 1 to 255 bytes without control characters.
 *
 * @param {unknown} text
 * @returns {text is string}
 */
export function isUser(text) {
  if (typeof text !== "string" || /\p{Cc}/u.test(text)) return false;
  const bytes = Buffer.byteLength(text);
  return bytes >= 1 && bytes <= 255;
}

/**
 * The name that Portico's log has for a user: the first 12 hexadecimal digits of the SHA-256.
 *
 * @param {string} user
 */
export function digest(user) {
  return createHash("sha256").update(user).digest("hex").slice(0, 12);
}

/**
 * The user for a screen. An e-mail address is not shown; its digest is.
 *
 * @param {string} user
 */
export function shown(user) {
  return user.includes("@") ? `${digest(user)} in the log (an e-mail address, which is not shown)` : user;
}
