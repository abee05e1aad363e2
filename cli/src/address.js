/** The addresses that the operator gives. */

/**
 * Checks an address that paths are put behind, and returns it without a slash at its end. Nobody on the way can read
 * what is sent to it: it is `https`, or this machine. It may have a path, but no query.
 *
 * @param {string} text
 * @returns {string}
 */
export function address(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !["https:", "http:"].includes(url.protocol)) {
    throw new Error("it must begin with https://");
  }
  if (url.username || url.password) {
    throw new Error("it must not have a user or a password");
  }
  if (/[?#]/.test(text)) {
    throw new Error("it must not have a query or a fragment");
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new Error("it must be https, unless the host is this machine");
  }
  return text.replace(/\/+$/, "");
}

/**
 * Whether a host is this machine.
 *
 * @param {string} host
 */
export function isLoopback(host) {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Whether an address, checked before, is this machine.
 *
 * @param {string} text
 */
export function isLocal(text) {
  return isLoopback(new URL(text).hostname);
}
