/** The settings of a Portico: those of its `spin.toml`, and those of the environment that take their place. */

import { parseEnv } from "node:util";

import { parse } from "smol-toml";

import { Failure } from "../failure.js";
import { readFile } from "../files.js";
import { DEFAULTS, SECRETS } from "./variables.js";

/** The prefix of environment variables that the Spin CLI takes for the variables of an application. */
const PREFIX = "SPIN_VARIABLE_";

/**
 * @typedef {object} Given What the operator has given.
 * @property {import("./variables.js").Settings} settings
 * @property {Record<string, string>} raw The values as they stand, by name; those of secrets are left out.
 * @property {string[]} missing Required variables without a value.
 * @property {string[]} unknown Names in the environment that no variable of the application has.
 * @property {(name: string) => string | undefined} secret The value of a secret variable, from the environment.
 * @property {boolean} any Whether anything was given at all.
 */

/**
 * @typedef {object} Sources
 * @property {string} [spinToml] A manifest.
 * @property {boolean} [env] Whether those of the environment count.
 * @property {string} [envFile] A file of lines such as `SPIN_VARIABLE_FRONTEND_URL=https://app.example.com`.
 */

/**
 * Reads the settings.
 *
 * @param {Sources} sources
 * @param {NodeJS.ProcessEnv} env
 * @returns {Given}
 */
export function readSettings({ spinToml, env: fromEnvironment, envFile }, env) {
  const fromFile = envFile === undefined ? {} : parseEnv(readFile(envFile).toString("utf8"));
  const overrides = overridesOf({ ...fromFile, ...(fromEnvironment && env) });
  const manifest = spinToml === undefined ? undefined : readManifest(spinToml, overrides);
  const values = manifest?.values ?? { ...DEFAULTS, ...overrides };
  const known = manifest?.names ?? [...Object.keys(values)];
  /** @type {Record<string, string>} */
  const raw = {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && !SECRETS.includes(name)) raw[name] = value;
  }
  const settings = /** @type {import("./variables.js").Settings} */ ({});
  /** @type {string[]} */
  const missing = [];
  for (const [key, fallback] of Object.entries(DEFAULTS)) {
    const name = /** @type {keyof typeof DEFAULTS} */ (key);
    settings[name] = (raw[name] ?? fallback ?? "").trim();
    if (fallback === undefined && settings[name] === "") missing.push(name);
  }
  return {
    settings,
    raw,
    missing,
    unknown: manifest ? Object.keys(overrides).filter((name) => !known.includes(name)) : [],
    secret: (name) => overrides[name] ?? env[PREFIX + name.toUpperCase()],
    any: spinToml !== undefined || Object.keys(overrides).length > 0,
  };
}

/**
 * The variables of the application that an environment sets.
 *
 * @param {NodeJS.ProcessEnv | Record<string, string | undefined>} env
 * @returns {Record<string, string>}
 */
function overridesOf(env) {
  const found = Object.entries(env).filter(([name, value]) => name.startsWith(PREFIX) && value !== undefined);
  return Object.fromEntries(found.map(([name, value]) => [name.slice(PREFIX.length).toLowerCase(), value ?? ""]));
}

/**
 * Reads a manifest: the application's variables, and with them what the component of Portico gets.
 *
 * @param {string} path
 * @param {Record<string, string>} overrides
 */
function readManifest(path, overrides) {
  const manifest = readToml(path);
  const declared = Object.entries(manifest.variables ?? {});
  /** @type {Record<string, string | undefined>} */
  const variables = Object.fromEntries(declared.map(([name, { default: value }]) => [name, overrides[name] ?? value]));
  /** @type {any} */
  const components = Object.values(manifest.component ?? {});
  const portico = components.find((/** @type {any} */ one) => one.variables?.stripe_api_key !== undefined);
  if (!portico) throw new Failure(`${path} has no component with the variable stripe_api_key, so none is Portico`);
  /** @type {[string, string | undefined][]} */
  const values = Object.entries(portico.variables).map(([name, template]) => [name, expand(String(template), variables)]);
  return { names: declared.map(([name]) => name), values: Object.fromEntries(values) };
}

/**
 * A value of a component with the application's variables in it; `undefined` where one of them has none.
 *
 * @param {string} template
 * @param {Record<string, string | undefined>} variables
 */
function expand(template, variables) {
  let whole = true;
  const text = template.replace(/\{\{\s*([a-z0-9_]+)\s*\}\}/g, (_, name) => {
    whole &&= variables[name] !== undefined;
    return variables[name] ?? "";
  });
  return whole ? text : undefined;
}

/**
 * @param {string} path
 * @returns {any}
 */
function readToml(path) {
  const text = readFile(path).toString("utf8");
  try {
    return parse(text);
  } catch {
    throw new Failure(`${path} is not TOML`);
  }
}
