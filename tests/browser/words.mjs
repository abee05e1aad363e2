// The words of the billing page, for tests without a browser. Its server gives the page the client's format.js as
// portico-format.js, where Node.js looks for a file.

import { register } from "node:module";

const format = new URL("../../sdk/js/format.js", import.meta.url).href;
const resolve = `(specifier, context, next) =>
  next(specifier === "./portico-format.js" ? ${JSON.stringify(format)} : specifier, context)`;
register(`data:text/javascript,${encodeURIComponent(`export const resolve = ${resolve};`)}`);

export const { LANGUAGES, languageFor, wordsIn } = await import("../../examples/dashboard/words.js");
