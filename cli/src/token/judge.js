/** A token as Portico judges it, claim by claim. The token itself is never shown. */

import { createSecretKey } from "node:crypto";

import { compactVerify } from "jose";

import { listOf } from "../plans.js";
import { isUser, shown } from "../user.js";
import { MOST_TRIED, algorithmOf } from "./keys.js";

/** @import { Key } from "./keys.js" */
/** @import { Settings } from "../settings/variables.js" */

/** @typedef {{ part: string, good: boolean, text: string }} Verdict What Portico makes of one part of a token. */
/** @typedef {{ verdicts: Verdict[], user: string | undefined, accepted: boolean, mayManage: boolean }} Judgement */

/** From here on, more than thirty thousand years ahead, a time is not in seconds. */
const NOT_SECONDS = 1e12;

/**
 * Judges a token. `now` is in Unix seconds.
 *
 * @param {string} token
 * @param {{ settings: Settings, keys: readonly Key[], now: number }} portico
 * @returns {Promise<Judgement>}
 */
export async function judgeToken(token, { settings, keys, now }) {
  const parts = read(token, settings);
  if ("text" in parts) return judgement([{ part: "form", good: false, text: parts.text }], undefined, false);
  const { header, claims } = parts;
  const user = pointed(claims, settings.jwt_user_claim);
  const verdicts = [
    ...judgeHeader(header),
    await judgeSignature(token, header, keys),
    ...judgeTimes(claims, Number(settings.jwt_leeway_seconds), now),
    ...judgeParties(claims, settings),
    ...judgeTexts(claims, settings.jwt_user_claim),
    judgeUser(user, settings.jwt_user_claim),
  ];
  const role = judgeRole(claims, settings);
  const named = Number.isSafeInteger(user) ? String(user) : user;
  return judgement(role ? [...verdicts, role] : verdicts, isUser(named) ? named : undefined, role?.good ?? true);
}

/**
 * A shared secret as a key.
 *
 * @param {string} secret
 * @returns {Key}
 */
export function secretKey(secret) {
  return { id: undefined, algorithm: "HS256", key: createSecretKey(Buffer.from(secret.trim())) };
}

/**
 * @param {Verdict[]} verdicts
 * @param {string | undefined} user
 * @param {boolean} mayManage
 */
function judgement(verdicts, user, mayManage) {
  const accepted = verdicts.every(({ part, good }) => good || part === "role");
  return { verdicts, user, accepted, mayManage };
}

/**
 * The header and the claims of a token, or what is wrong with its form.
 *
 * @param {string} token
 * @param {Settings} settings
 */
function read(token, settings) {
  if (/^bearer /i.test(token)) return { text: "it begins with the scheme, which is no part of a token" };
  if (Buffer.byteLength(token) > Number(settings.max_token_bytes)) return { text: "it is longer than max_token_bytes" };
  const parts = token.split(".");
  if (parts.length === 5) return { text: "it is encrypted (five parts), and Portico takes signed tokens alone" };
  if (parts.length !== 3) return { text: "it is not three parts with dots between them: an opaque token, and no JWT" };
  const [header, claims] = parts.slice(0, 2).map(decoded);
  if (!header || !claims) return { text: "a part is not base64url of a JSON object" };
  if (header.kid != null && typeof header.kid !== "string") return { text: "its kid is not text" };
  return { header, claims };
}

/** @param {string} part */
function decoded(part) {
  try {
    const value = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    const canonical = Buffer.from(part, "base64url").toString("base64url") === part;
    return canonical && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {any} header
 * @returns {Verdict[]}
 */
function judgeHeader(header) {
  const extension = ["crit", "b64", "zip", "jwk"].find((name) => name in header);
  const type = typeof header.typ === "string" ? header.typ.toLowerCase() : header.typ;
  const typed = type === undefined || ["jwt", "at+jwt", "application/at+jwt"].includes(type);
  const algorithm = algorithmOf(header.alg);
  return [
    extension
      ? bad("header", `it has \`${extension}\`, which Portico does not take`)
      : good("header", "it has nothing that Portico does not take"),
    typed
      ? good("typ", `${quoted(header.typ)} is accepted`)
      : bad("typ", `${quoted(header.typ)} is neither JWT nor at+jwt`),
    algorithm
      ? good("alg", `${algorithm} is verified`)
      : bad("alg", `${quoted(header.alg)} is none of HS256, RS256, ES256, ES384 and EdDSA`),
  ];
}

/**
 * @param {string} token
 * @param {any} header
 * @param {readonly Key[]} keys
 */
async function judgeSignature(token, header, keys) {
  const algorithm = algorithmOf(header.alg);
  const wanted = header.kid ?? undefined;
  const fitting = keys.filter((key) => key.algorithm === algorithm);
  const named = fitting.filter(({ id }) => wanted !== undefined && id === wanted);
  const candidates = [...named, ...fitting.filter(({ id }) => wanted === undefined || id === undefined)];
  if (candidates.length === 0) {
    const known = keys.map(({ id, algorithm }) => `${id ?? "(no kid)"} (${algorithm})`).join(", ") || "none";
    return bad(
      "signature",
      `no key has the algorithm ${quoted(header.alg)} and the kid ${quoted(wanted)}; there are: ${known}`,
    );
  }
  for (const { key } of candidates.slice(0, MOST_TRIED)) {
    try {
      await compactVerify(token, key);
      return good("signature", `it is that of the key ${quoted(wanted)}`);
    } catch {
      // The next key may fit.
    }
  }
  return bad("signature", `it is not that of the key ${quoted(wanted)}: the token is another issuer's, or was changed`);
}

/**
 * @param {any} claims
 * @param {number} leeway
 * @param {number} now
 * @returns {Verdict[]}
 */
function judgeTimes({ exp, nbf, iat }, leeway, now) {
  /** @type {Verdict[]} */
  const verdicts = [];
  if (typeof exp !== "number" || exp < 0) verdicts.push(bad("exp", "it is missing or not a number"));
  else if (exp >= NOT_SECONDS) verdicts.push(bad("exp", "it is not in seconds"));
  else if (now >= exp + leeway) verdicts.push(bad("exp", `it expired ${duration(now - exp)} ago`));
  else
    verdicts.push(good("exp", exp > now ? `it expires in ${duration(exp - now)}` : "it has expired within the leeway"));
  for (const [part, time] of Object.entries({ nbf, iat })) {
    if (time === undefined) continue;
    if (typeof time !== "number" || time < 0) verdicts.push(bad(part, "it is not a number"));
    else if (time > now + leeway)
      verdicts.push(bad(part, `it is ${duration(time - now)} in the future: a clock is wrong`));
    else verdicts.push(good(part, `it is ${duration(now - time)} ago`));
  }
  return verdicts;
}

/**
 * @param {any} claims
 * @param {Settings} settings
 * @returns {Verdict[]}
 */
function judgeParties(claims, settings) {
  const issuers = listOf(settings.jwt_issuer);
  const accepted = listOf(settings.jwt_audience);
  const name = settings.jwt_audience_claim || "aud";
  const audience = pointed(claims, name);
  const audiences = Array.isArray(audience) ? audience : [audience];
  return [
    issuers.includes(claims.iss)
      ? good("iss", `${quoted(claims.iss)} is accepted`)
      : bad("iss", `${quoted(claims.iss)} is not in jwt_issuer (${issuers.join(", ")})${slash(claims.iss, issuers)}`),
    audiences.every((one) => typeof one === "string") && audiences.some((one) => accepted.includes(one))
      ? good(name, `${quoted(audience)} is accepted`)
      : bad(name, `${quoted(audience)} is not in jwt_audience (${accepted.join(", ")})`),
  ];
}

/**
 * `sub` and `jti` are text where they are, also if nothing is asked of them.
 *
 * @param {any} claims
 * @param {string} userClaim
 * @returns {Verdict[]}
 */
function judgeTexts(claims, userClaim) {
  return ["sub", "jti"]
    .filter((part) => part !== userClaim && claims[part] !== undefined && typeof claims[part] !== "string")
    .map((part) => bad(part, "it is not text"));
}

/**
 * @param {unknown} issuer
 * @param {string[]} issuers
 */
function slash(issuer, issuers) {
  const bare = (/** @type {string} */ text) => text.replace(/\/$/, "");
  const near = typeof issuer === "string" && issuers.some((one) => bare(one) === bare(issuer));
  return near ? "; they differ in the slash at the end" : "";
}

/**
 * @param {unknown} user
 * @param {string} claim
 */
function judgeUser(user, claim) {
  if (isUser(user)) return good(claim, `the user is ${shown(user)}`);
  // JavaScript rounds what is beyond its safe integers, and Portico does not.
  if (claim !== "sub" && isInteger(user)) {
    return good(claim, Number.isSafeInteger(user) ? `the user is ${user}` : `the user is about ${user}`);
  }
  return bad(
    claim,
    user === undefined ? "it is missing" : "it is no text of 1 to 255 bytes without control characters",
  );
}

/**
 * Whether a value is an integer of 64 bits.
 *
 * @param {unknown} value
 */
function isInteger(value) {
  return Number.isInteger(value) && Number(value) >= -(2 ** 63) && Number(value) < 2 ** 64;
}

/**
 * Whether the token's user may manage billing; `undefined` where that is not asked.
 *
 * @param {any} claims
 * @param {Settings} settings
 */
function judgeRole(claims, settings) {
  const roles = listOf(settings.billing_roles);
  if (roles.length === 0 || settings.jwt_role_claim === "") return undefined;
  const value = pointed(claims, settings.jwt_role_claim);
  const list = Array.isArray(value) && value.every((one) => typeof one === "string") ? value : [];
  const has = typeof value === "string" ? [value, ...value.split(" ")] : list;
  return has.some((role) => roles.includes(role))
    ? good("role", `${quoted(value)} may manage billing`)
    : bad(
        "role",
        `${settings.jwt_role_claim} is ${quoted(value)}, and has none of billing_roles (${roles.join(", ")})`,
      );
}

/**
 * A member by its name, or by a JSON Pointer (RFC 6901).
 *
 * @param {any} claims
 * @param {string} name
 * @returns {any}
 */
export function pointed(claims, name) {
  if (!name.startsWith("/")) return own(claims, name);
  return name
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce(own, claims);
}

/**
 * @param {any} value
 * @param {string} name
 */
function own(value, name) {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** @param {unknown} value */
function quoted(value) {
  if (value === undefined) return "(none)";
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** @param {number} seconds */
function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  return whole < 7200 ? `${Math.round(whole / 60)} min` : `${Math.round(whole / 3600)} h`;
}

/**
 * @param {string} part
 * @param {string} text
 */
function good(part, text) {
  return { part, good: true, text };
}

/**
 * @param {string} part
 * @param {string} text
 */
function bad(part, text) {
  return { part, good: false, text };
}
