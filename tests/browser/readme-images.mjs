// Copies the two screenshots that the README shows to where it shows them from. Run the tests before.

import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const screenshots = process.env.PORTICO_SCREENSHOTS ?? join(root, "target/screenshots");
const images = join(root, "docs/images");
mkdirSync(images, { recursive: true });
for (const [from, to] of [
  ["01-account-paid.png", "account.png"],
  ["portal-page.png", "portal.png"],
]) {
  copyFileSync(join(screenshots, from), join(images, to));
  console.log(`docs/images/${to}`);
}
