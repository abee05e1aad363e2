/** `portico audit`: rings for every customer, and says what came of each. */

import { writeFileSync } from "node:fs";

import { Command } from "commander";

import { EXIT } from "../failure.js";
import { Pace } from "../pace.js";
import { planRules } from "../plans.js";
import { Doorbell } from "../portico/doorbell.js";
import { ApiKey, WebhookSecret, requiredSecret } from "../secrets.js";
import { options, rateOf } from "../settings/options.js";
import { readSettings } from "../settings/read.js";
import { connect } from "../stripe/client.js";
import { Journal } from "../sweep/progress.js";
import { csv, readCsv, readCustomers } from "./csv.js";
import { paysTwice, table } from "./report.js";
import { runAudit } from "./run.js";

/**
 * @param {import("../main.js").Desk} desk
 * @param {(code: number) => void} end
 */
export function auditCommand({ env, print, tell }, end) {
  return new Command("audit")
    .description(
      "Rings Portico's webhook for every customer, as the import does, and says what came of each: synced, changed, unlinked, conflict or failed; and which users have two customers that pay. The environment has STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET. A run can be interrupted at any moment; the same command takes it up again.",
    )
    .addOption(options.portico().makeOptionMandatory())
    .option("--customers <file>", "only these customers: an identifier a line, or CSV with a column customer")
    .option("--csv <file>", "writes a line for each customer")
    .option("--since <file>", "the CSV of an earlier audit: a customer whose user or plan was another then is changed")
    .addOption(options.spinToml())
    .addOption(options.env())
    .addOption(options.envFile())
    .addOption(options.metadataKey())
    .addOption(options.rate())
    .addOption(options.attempts())
    .addOption(options.state("portico-audit.json"))
    .addOption(options.restart())
    .addOption(options.apiBase())
    .action(async (chosen) => {
      const { portico, apiBase, attempts } = chosen;
      const { settings } = readSettings(chosen, env);
      const key = chosen.userMetadataKey ?? settings.user_metadata_key;
      const rules = planRules(settings);
      const customers = chosen.customers && readCustomers(chosen.customers);
      const since = chosen.since && readCsv(chosen.since);
      const apiKey = requiredSecret(env, "STRIPE_API_KEY", ApiKey);
      const secret = requiredSecret(env, "STRIPE_WEBHOOK_SECRET", WebhookSecret);
      const { live } = apiKey;
      const pace = new Pace(rateOf({ ...chosen, live }));
      const stripe = connect({ key: apiKey, base: apiBase, pace, attempts });
      const doorbell = new Doorbell({ portico, secret, live, pace, attempts });
      const run = { audit: true, portico, apiBase, live, key, rules, customers, since: chosen.since };
      const journal = new Journal(chosen.state, run, chosen);
      if (journal.resumed) tell(`going on where ${chosen.state} says`);
      await runAudit({ stripe, doorbell, journal, key, rules, customers, since, tell });
      const { progress } = journal;
      if (chosen.csv) writeFileSync(chosen.csv, csv(progress));
      print(table(progress));
      const wrong = progress.with("failed").length + progress.with("conflict").length + paysTwice(progress).length;
      end(wrong > 0 ? EXIT.found : EXIT.done);
    });
}
