/** Checks of the running Portico, and of what is in front of it. */

import { isTlsProblem } from "../../http.js";
import { isPorticos, isThere } from "../ask/portico.js";
import { DOCS } from "../finding.js";

/** @import { Answer } from "../../http.js" */
/** @import { Check, Symptom } from "../finding.js" */
/** @import { AtPortico } from "../ask/portico.js" */
/** @import { Facts } from "../facts.js" */

const OPERATIONS = `${DOCS}/operations.md`;
const ORIGINS = `${DOCS}/api.md#other-origins`;

/** A certificate that ends sooner is to be looked after. */
const CERTIFICATE_DAYS = 14;

/** How far clocks may be apart, in milliseconds; a signature of Stripe's counts for five minutes. */
const SKEW = { warning: 30_000, error: 300_000 };

/**
 * A check of a Portico whose address is known.
 *
 * @param {Omit<Check, "find">} check
 * @param {(portico: AtPortico, facts: Facts) => Symptom[]} find
 * @returns {Check}
 */
function ofPortico(check, find) {
  return { ...check, find: (facts) => (facts.portico ? find(facts.portico, facts) : []) };
}

/** @type {Check[]} */
export const porticoChecks = [
  {
    id: "portico-address",
    asks: "the address of Portico is given",
    why: "half of the checks are about the running Portico",
    link: OPERATIONS,
    find: ({ patient: { root } }) =>
      root === undefined ? [{ level: "unchecked", what: "no address was given", remedy: "add --portico https://…" }] : [],
  },
  ofPortico(
    {
      id: "portico-reachable",
      asks: "Portico answers",
      why: "no page and no event reaches it",
      link: `${DOCS}/deploy.md`,
    },
    ({ readiness }) =>
      "lost" in readiness && !isTlsProblem(readiness.code)
        ? [{ what: `there is no answer: ${readiness.lost}`, remedy: "start it, and check the address and the firewall" }]
        : [],
  ),
  ofPortico(
    {
      id: "portico-tls",
      asks: "the certificate is trusted, of this host and not about to end",
      why: "browsers and Stripe refuse the connection",
      link: `${DOCS}/deploy.md`,
    },
    ({ readiness }, { now }) => tls(readiness, now),
  ),
  ofPortico(
    {
      id: "portico-routes",
      asks: "Portico's routes are where --portico says",
      why: "pages get 404",
      link: `${DOCS}/configuration.md`,
    },
    ({ gate }) => routes(gate),
  ),
  ofPortico(
    {
      id: "portico-ready",
      asks: "/readyz says that settings, keys and store are in order",
      why: "until then requests fail with 500",
      link: `${OPERATIONS}#health-and-readiness`,
    },
    ({ readiness, gate }) => ready(readiness, isThere(gate)),
  ),
  ofPortico(
    {
      id: "cors-preflight",
      asks: "the frontend's origin may call Portico",
      why: "the browser blocks every call of the page before it is made",
      link: ORIGINS,
    },
    ({ preflight, origin, gate }) => (isThere(gate) && "status" in preflight ? preflighted(preflight, origin) : []),
  ),
  ofPortico(
    {
      id: "cors-answer",
      asks: "answers have one Access-Control-Allow-Origin, which names the frontend's origin",
      why: "the browser keeps the answer from the page",
      link: ORIGINS,
    },
    ({ gate, origin }) => ("status" in gate && isThere(gate) ? answered(gate, origin) : []),
  ),
  {
    id: "clock",
    asks: "the clocks of Stripe, Portico and this machine agree",
    why: "tokens are refused as expired or not valid yet, and signatures older than five minutes as well",
    link: `${DOCS}/tokens.md#how-a-token-is-judged`,
    find: ({ portico, stripe }) => clock(portico?.skew, stripe.skew),
  },
];

/**
 * @param {AtPortico["readiness"]} readiness
 * @param {number} now
 * @returns {Symptom[]}
 */
function tls(readiness, now) {
  if ("lost" in readiness) {
    if (!isTlsProblem(readiness.code)) return [];
    return [{ what: `the certificate is not accepted (${readiness.code})`, remedy: "serve a certificate of this host with its whole chain" }];
  }
  const { certificate, tlsVersion } = readiness;
  /** @type {Symptom[]} */
  const symptoms = [];
  const days = (Date.parse(certificate?.valid_to ?? "") - now) / 86_400_000;
  if (days < CERTIFICATE_DAYS) {
    symptoms.push({ level: "warning", what: `the certificate ends in ${Math.max(Math.floor(days), 0)} days`, remedy: "renew it, and see why that was not done by itself" });
  }
  if (tlsVersion === "TLSv1" || tlsVersion === "TLSv1.1") {
    symptoms.push({ what: `the server speaks ${tlsVersion}`, remedy: "offer TLS 1.2 and 1.3: Stripe connects to no older one" });
  }
  return symptoms;
}

/**
 * @param {AtPortico["gate"]} gate
 * @returns {Symptom[]}
 */
function routes(gate) {
  if (!("status" in gate) || isThere(gate)) return [];
  if (gate.status >= 300 && gate.status < 400) {
    return [{ what: `the address redirects (${gate.status})`, remedy: "give the address that it leads to: a browser sends no token along" }];
  }
  const what = isPorticos(gate) ? "Portico does not know the route there" : `something else answers there (${gate.status})`;
  return [{ what, remedy: "put base_path behind the address in --portico, or correct the proxy's paths" }];
}

/**
 * @param {AtPortico["readiness"]} readiness
 * @param {boolean} reached
 * @returns {Symptom[]}
 */
function ready(readiness, reached) {
  if (!("status" in readiness)) return [];
  const { status, json } = readiness;
  if (status === 200 && json?.status === "ready") return [];
  const checks = json?.checks;
  if (typeof checks !== "object" || checks === null) {
    if (!reached) return [];
    return [{ level: "unchecked", what: `/readyz is not to be seen from here (${status})`, remedy: "run the doctor where the proxy lets it through" }];
  }
  return Object.entries(checks)
    .filter(([, state]) => state !== "ok")
    .map(([name, state]) => ({ what: `${name}: ${state}`, remedy: "correct it and start new instances" }));
}

/**
 * @param {Answer} preflight
 * @param {string} origin
 * @returns {Symptom[]}
 */
function preflighted({ status, headers }, origin) {
  const allowed = headers["access-control-allow-origin"];
  if (allowed !== origin) {
    const what = allowed === undefined ? "is not allowed" : "is not the one that the answer allows";
    return [{ what: `${origin || "frontend_url"} ${what}`, remedy: "set frontend_url or cors_origins to the origin in the browser's address bar" }];
  }
  /** @param {string} name */
  const list = (name) => String(headers[name] ?? "").toLowerCase();
  const missing = [
    ...(status >= 200 && status < 300 ? [] : [`a status of success (it is ${status})`]),
    ...(list("access-control-allow-methods").includes("post") ? [] : ["the method POST"]),
    ...["authorization", "content-type"].filter((name) => !list("access-control-allow-headers").includes(name)).map((name) => `the header ${name}`),
  ];
  if (missing.length === 0) return [];
  return [{ what: `the preflight's answer lacks ${missing.join(", ")}`, remedy: "let the proxy pass OPTIONS and its answer on as they are" }];
}

/**
 * @param {Answer} gate
 * @param {string} origin
 * @returns {Symptom[]}
 */
function answered({ rawHeaders }, origin) {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === "access-control-allow-origin");
  if (values.length === 1 && values[0] === origin) return [];
  // A preflight tells the same.
  if (values.length === 0) return [];
  const what = values.length > 1 ? `answers have ${values.length} of it` : `answers allow ${values[0] === "*" ? "every origin (*)" : values[0]}`;
  return [{ what, remedy: "let the proxy add no CORS headers of its own" }];
}

/**
 * @param {number | undefined} portico
 * @param {number | undefined} stripe
 * @returns {Symptom[]}
 */
function clock(portico, stripe) {
  if (stripe === undefined) return [];
  /** @param {string} whose @param {number} skew @returns {Symptom[]} */
  const off = (whose, skew) => {
    if (Math.abs(skew) < SKEW.warning) return [];
    const what = `${whose} clock is ${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? "ahead of" : "behind"} Stripe's`;
    return [{ level: Math.abs(skew) < SKEW.error ? "warning" : "error", what, remedy: "synchronise it by NTP" }];
  };
  return [...off("this machine's", -stripe), ...(portico === undefined ? [] : off("Portico's", portico - stripe))];
}
