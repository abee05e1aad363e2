/** `portico doctor`: says what is wrong before users do. */

import { Command, InvalidArgumentError } from "commander";

import { EXIT } from "../failure.js";
import { listOf } from "../plans.js";
import { ApiKey, WebhookSecret, requiredSecret, secretOf } from "../secrets.js";
import { options, readToken } from "../settings/options.js";
import { readSettings } from "../settings/read.js";
import { FLOWS } from "./checks/portal.js";
import { CHECKS } from "./checks.js";
import { gather } from "./facts.js";
import { diagnose } from "./finding.js";
import { explained, json, lines, summary } from "./report.js";

/**
 * @param {import("../main.js").Desk} desk
 * @param {(code: number) => void} end
 */
export function doctorCommand({ env, print, tell }, end) {
  return new Command("doctor")
    .description(
      "Looks at Stripe's settings, the identity provider and a running Portico, and says what is wrong: one line a finding. It changes nothing. The environment has STRIPE_API_KEY, STRIPE_WEBHOOK_SECRET and, if Portico's key is another one, SPIN_VARIABLE_STRIPE_API_KEY.",
    )
    .addOption(options.portico())
    .addOption(options.spinToml())
    .addOption(options.env())
    .addOption(options.envFile())
    .addOption(options.token())
    .option("--flows <list>", `the flows that your pages lead to: ${FLOWS.join(", ")}`, flows, FLOWS.slice(0, 2))
    .option("--json", "findings and checks as JSON")
    .option("--list", "lists all checks, and makes none")
    .addOption(options.apiBase())
    .action(async (chosen) => {
      if (chosen.list) {
        print(CHECKS.map(({ id, asks }) => `${id}: ${asks}\n`).join(""));
        return;
      }
      const facts = await gather(patient(chosen, env));
      const findings = diagnose(CHECKS, facts);
      if (facts.token && !chosen.json) print(explained(facts.token));
      print(chosen.json ? json(findings, CHECKS, facts.token) : lines(findings));
      tell(summary(findings, CHECKS));
      end(findings.length > 0 ? EXIT.found : EXIT.done);
    });
}

/**
 * @param {any} chosen
 * @param {NodeJS.ProcessEnv} env
 * @returns {import("./facts.js").Patient}
 */
function patient({ portico, apiBase, flows, token, ...sources }, env) {
  const given = readSettings(sources, env);
  const own = secretOf(env, "STRIPE_API_KEY", ApiKey);
  const set = given.secret("stripe_api_key");
  const porticos = set === undefined ? undefined : secretOf({ stripe_api_key: set }, "stripe_api_key", ApiKey);
  const key = own ?? porticos ?? requiredSecret(env, "STRIPE_API_KEY", ApiKey);
  const secrets = listOf(given.secret("stripe_webhook_secrets") ?? "");
  const secret = env.STRIPE_WEBHOOK_SECRET ?? secrets[0];
  return {
    given,
    key,
    porticosKey: porticos ?? key,
    webhookSecret: secret === undefined ? undefined : secretOf({ STRIPE_WEBHOOK_SECRET: secret }, "STRIPE_WEBHOOK_SECRET", WebhookSecret),
    apiBase,
    root: portico && rootOf(portico, given.settings.base_path),
    flows,
    token: readToken(token),
  };
}

/**
 * Where Portico's routes begin.
 *
 * @param {string} portico
 * @param {string} basePath
 */
function rootOf(portico, basePath) {
  return new URL(portico).pathname === "/" && basePath.startsWith("/") ? portico + basePath : portico;
}

/**
 * @param {string} text
 */
function flows(text) {
  const list = listOf(text);
  const wrong = list.find((flow) => !FLOWS.includes(flow));
  if (wrong !== undefined) throw new InvalidArgumentError(`there is no flow ${wrong}.`);
  return list;
}
