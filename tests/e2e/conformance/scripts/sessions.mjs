// Sessions of the portal and of the checkout as the official `stripe` package asks for them.
//
// Reads `{host, port, apiKey, apiVersion, page, calls}` from standard input, makes the calls one after the other, each
// with its parameters, and writes the sessions' URLs to standard output. The page is `billingPortal` or `checkout`.

import { text } from 'node:stream/consumers';
import Stripe from 'stripe';

const { host, port, apiKey, apiVersion, page, calls } = JSON.parse(await text(process.stdin));

const stripe = new Stripe(apiKey, {
  host,
  port,
  protocol: 'http',
  apiVersion,
  maxNetworkRetries: 0,
  telemetry: false,
  timeout: 20_000,
});

// The members of a JSON object have no order, and the package sends parameters in the order in which it is given them.
// This is the order in which Portico sends them.
const ORDER = [
  'mode',
  'customer',
  'return_url',
  'configuration',
  'on_behalf_of',
  'line_items',
  'success_url',
  'cancel_url',
  'client_reference_id',
  'locale',
  'allow_promotion_codes',
  'automatic_tax',
  'customer_update',
  'subscription_data',
  'trial_period_days',
  'metadata',
  'user_id',
  'portico_checkout',
  'address',
  'name',
  'flow_data',
  'type',
  'subscription_cancel',
  'subscription_update',
  'subscription_update_confirm',
  'after_completion',
  'redirect',
  'subscription',
  'items',
  'discounts',
  'id',
  'price',
  'quantity',
];

const ordered = (value) => {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object') return value;
  const members = Object.entries(value).sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b));
  return Object.fromEntries(members.map(([name, member]) => [name, ordered(member)]));
};

const urls = [];
for (const parameters of calls) {
  const session = await stripe[page].sessions.create(ordered(parameters));
  urls.push(session.url);
}
console.log(JSON.stringify(urls));
