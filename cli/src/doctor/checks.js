/** Every check, in the order of the report. */

import { keyChecks } from "./checks/key.js";
import { porticoChecks } from "./checks/portico.js";
import { portalChecks } from "./checks/portal.js";
import { priceChecks } from "./checks/prices.js";
import { providerChecks } from "./checks/provider.js";
import { settingsChecks } from "./checks/settings.js";
import { tokenChecks } from "./checks/token.js";
import { webhookChecks } from "./checks/webhook.js";

export const CHECKS = [
  ...settingsChecks,
  ...keyChecks,
  ...portalChecks,
  ...priceChecks,
  ...webhookChecks,
  ...providerChecks,
  ...tokenChecks,
  ...porticoChecks,
];
