// Portal sessions as the official `stripe` package asks for them.
//
// Reads `{host, port, apiKey, apiVersion, calls}` from standard input, makes the calls one after the other, each with
// the parameters as they are, and writes the sessions' URLs to standard output.

import { text } from 'node:stream/consumers';
import Stripe from 'stripe';

const { host, port, apiKey, apiVersion, calls } = JSON.parse(await text(process.stdin));

const stripe = new Stripe(apiKey, {
  host,
  port,
  protocol: 'http',
  apiVersion,
  maxNetworkRetries: 0,
  telemetry: false,
  timeout: 20_000,
});

const urls = [];
for (const parameters of calls) {
  const session = await stripe.billingPortal.sessions.create(parameters);
  urls.push(session.url);
}
console.log(JSON.stringify(urls));
