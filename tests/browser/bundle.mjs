// Pages in React, bundled with the client's package.

import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { ROOT } from "./harness.mjs";
import { html, script } from "./site.mjs";

/** Bundles `files`, of which `main.jsx` comes first, and gives the files of a site whose page they are. */
export async function bundled(t, files) {
  const { build } = await import("esbuild");
  const folder = await mkdtemp(join(tmpdir(), "portico-browser-"));
  t.after(() => rm(folder, { recursive: true }));
  // Without the packages that its own tests have: a second React among them could not be used with the first one.
  const filter = (path) => !path.endsWith("sdk/js/node_modules");
  await cp(join(ROOT, "sdk/js"), join(folder, "node_modules/portico-billing"), { recursive: true, filter });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const { outputFiles, warnings } = await build({
    entryPoints: [join(folder, "main.jsx")],
    nodePaths: [fileURLToPath(new URL("node_modules", import.meta.url))],
    bundle: true,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"development"' },
    write: false,
    logLevel: "silent",
  });
  assert.deepEqual(warnings, []);
  return {
    "/account": html('<div id="root"></div><script type="module" src="/bundle.js"></script>'),
    "/bundle.js": script(outputFiles[0].contents),
  };
}
