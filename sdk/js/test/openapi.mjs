// `docs/openapi.yaml`, for the tests that hold the package to it.

import { parse } from "yaml";

import { repositoryFile } from "./documented.mjs";
import { BALANCE, CHECKOUT, HISTORY, INVOICES, PORTAL, SUBSCRIPTIONS, SYNC } from "./harness.mjs";

/** The paths that pages call. The others are for Stripe and for the operator. */
export const PAGES = [PORTAL, BALANCE, INVOICES, HISTORY, SUBSCRIPTIONS, CHECKOUT, SYNC];

/** The document, with its references as they are. */
export const openapi = parse(repositoryFile("docs/openapi.yaml"));

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** The target of a reference within the document; anything else as it is. */
export function resolve(value) {
  if (typeof value?.$ref !== "string") {
    return value;
  }
  const found = value.$ref
    .replace(/^#\//, "")
    .split("/")
    .reduce((place, name) => place?.[name.replaceAll("~1", "/").replaceAll("~0", "~")], openapi);
  if (found === undefined) {
    throw new Error(`${value.$ref} leads nowhere`);
  }
  return resolve(found);
}

/** A schema in which every reference has been replaced by what it leads to. None of the document's leads to itself. */
export function inlined(schema) {
  if (Array.isArray(schema)) {
    return schema.map(inlined);
  }
  if (typeof schema !== "object" || schema === null) {
    return schema;
  }
  const { $ref, ...beside } = schema;
  const members = { ...($ref && resolve(schema)), ...beside };
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, inlined(member)]));
}

/** All operations: `{ path, method, operation }`. */
export function operations() {
  return Object.entries(openapi.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({ path, method, operation: item[method] })),
  );
}

/** The error codes that a page can get, also when it asks at a wrong path or by a wrong method. */
export function codesForPages() {
  const all = [
    ...operations()
      .filter(({ path }) => PAGES.includes(path))
      .flatMap(({ operation }) => codesOf(operation.responses)),
    ...PAGES.flatMap((path) => codesOf(openapi.paths[path]["x-other-methods"])),
    ...codesOf(openapi["x-other-paths"]),
  ];
  return [...new Set(all)];
}

/** The error codes that the responses of a map from status to response can have. */
export function codesOf(responses) {
  return Object.values(responses).flatMap((response) => {
    const { properties, allOf = [] } = inlined(resolve(response).content?.["application/json"].schema ?? {});
    const lists = [properties?.error, ...allOf.map((part) => part.properties?.error)].filter(Boolean);
    // Of all that is said of the member, that which allows the least holds.
    const [codes = []] = lists.map((error) => error.enum ?? [error.const]).sort((a, b) => a.length - b.length);
    return codes;
  });
}
