/** `portico show`: what Stripe says of a customer, and what Portico makes of it. */

import { Command } from "commander";

import { Failure } from "../failure.js";
import { planRules } from "../plans.js";
import { askGate } from "../portico/gate.js";
import { ApiKey, requiredSecret } from "../secrets.js";
import { options, readToken } from "../settings/options.js";
import { readSettings } from "../settings/read.js";
import { connect } from "../stripe/client.js";
import { judged } from "../token/given.js";
import { isUser } from "../user.js";
import { explain } from "./explain.js";
import { look } from "./look.js";

/**
 * @param {import("../main.js").Desk} desk
 */
export function showCommand({ env, print }) {
  return new Command("show")
    .description(
      "Says what Stripe has of a customer, which plan that gives and by which rule, and why a token's user would or would not see it. The environment has STRIPE_API_KEY.",
    )
    .argument("<user or cus_…>", "a user, as tokens name the user, or a customer")
    .addOption(options.spinToml())
    .addOption(options.env())
    .addOption(options.envFile())
    .addOption(options.metadataKey())
    .addOption(options.token())
    .addOption(options.portico())
    .addOption(options.apiBase())
    .action(async (subject, chosen) => {
      const given = readSettings(chosen, env);
      const key = chosen.userMetadataKey ?? given.settings.user_metadata_key;
      const rules = planRules(given.settings);
      if (!isUser(subject)) throw new Failure("a user has 1 to 255 bytes and no control characters");
      const apiKey = requiredSecret(env, "STRIPE_API_KEY", ApiKey);
      const stripe = connect({ key: apiKey, base: chosen.apiBase, attempts: 3 });
      const seen = await look(stripe, subject, { key, rules });
      const token = readToken(chosen.token);
      const judgement = token === undefined ? undefined : await judged(token, given);
      const gate = token !== undefined && chosen.portico ? await askGate(chosen.portico, token) : undefined;
      print(explain({ subject, seen, key, live: apiKey.live, judgement, gate }));
    });
}
