/** `portico import`: takes existing Stripe customers into a running Portico. */

import { Command } from "commander";

import { EXIT } from "../failure.js";
import { Pace } from "../pace.js";
import { Doorbell } from "../portico/doorbell.js";
import { ApiKey, WebhookSecret, requiredSecret } from "../secrets.js";
import { options, rateOf } from "../settings/options.js";
import { connect } from "../stripe/client.js";
import { Journal } from "../sweep/progress.js";
import { report } from "./report.js";
import { runImport } from "./run.js";

/**
 * @param {import("../main.js").Desk} desk
 * @param {(code: number) => void} end
 */
export function importCommand({ env, print, tell }, end) {
  const command = new Command("import")
    .description(
      "Takes existing Stripe customers into a running Portico. The environment has STRIPE_API_KEY, and STRIPE_WEBHOOK_SECRET with one of Portico's signing secrets. A run can be interrupted at any moment; the same command takes it up again.",
    )
    .addOption(options.portico())
    .option(
      "--map <file>",
      "first writes the users of this CSV file (columns user and customer, with or without a header) into the metadata of their customers at Stripe",
    )
    .option("--overwrite", "lets --map replace another user in a customer's metadata", false)
    .addOption(options.metadataKey().default("user_id"))
    .addOption(options.rate())
    .addOption(options.attempts())
    .option("--dry-run", "only reads at Stripe, and says what would be done", false)
    .addOption(options.state("portico-import.json"))
    .addOption(options.restart())
    .addOption(options.apiBase());
  return command.action(async (chosen) => {
    const { portico, apiBase, attempts, dryRun, map, overwrite, userMetadataKey: key } = chosen;
    if (portico === undefined && !dryRun) command.error("error: --portico is required, unless with --dry-run");
    if (overwrite && map === undefined) command.error("error: --overwrite needs --map");
    const apiKey = requiredSecret(env, "STRIPE_API_KEY", ApiKey);
    const secret = dryRun ? undefined : requiredSecret(env, "STRIPE_WEBHOOK_SECRET", WebhookSecret);
    const { live } = apiKey;
    const pace = new Pace(rateOf({ ...chosen, live }));
    const stripe = connect({ key: apiKey, base: apiBase, pace, attempts });
    const doorbell = secret && new Doorbell({ portico, secret, live, pace, attempts });
    const run = { portico, apiBase, live, key };
    const journal = new Journal(dryRun ? undefined : chosen.state, run, chosen);
    if (journal.resumed) tell(`going on where ${chosen.state} says`);
    await runImport({ stripe, doorbell, journal, key, map, overwrite, dryRun, tell });
    print(report(journal.progress, { dryRun }));
    end(journal.progress.with("failed").length > 0 ? EXIT.found : EXIT.done);
  });
}
