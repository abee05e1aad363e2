// Web servers of others: a product's own, or an identity provider's.

import { once } from "node:events";
import { createServer } from "node:http";

/**
 * Serves `files` for the length of a test: each path leads to `{ status, type, body, headers }`. Files can be added
 * later, when more is known of what they are about.
 */
export async function site(t, files = {}) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const nothing = { status: 404, type: "text/plain", body: "There is nothing here." };
    const { status = 200, type, body, headers } = files[pathname] ?? nothing;
    response.writeHead(status, { "Content-Type": type, ...headers }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address();
  return { files, port, origin: `http://localhost:${port}` };
}

/** A page for `site`. */
export function html(body, headers = {}) {
  // The icon is named so that browsers do not ask for one, and complain that there is none.
  const head = '<meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">';
  return { type: "text/html; charset=utf-8", body: `<!doctype html><html lang="en">${head}${body}`, headers };
}

/** A script for `site`. */
export function script(body, headers = {}) {
  return { type: "text/javascript; charset=utf-8", body, headers };
}
