// Events signed by the official `stripe` package.
//
// Reads `{secret, timestamp, bodies}` from standard input and writes to standard output what the package signs: of each
// body the header, and of the first body the headers that the package's own tests have.

import { text } from 'node:stream/consumers';
import Stripe from 'stripe';

const { secret, timestamp, bodies } = JSON.parse(await text(process.stdin));
const stripe = new Stripe('sk_test_1');

const sign = (payload, options = {}) =>
  stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp, ...options });

const [payload] = bodies;
const good = sign(payload);
const signature = good.split('v1=')[1];
const other = sign(payload, { secret: 'whsec_other' }).split('v1=')[1];

const cases = {
  good: {
    'as the package signs': good,
    'of 299 seconds ago': sign(payload, { timestamp: timestamp - 299 }),
    'of 299 seconds to come': sign(payload, { timestamp: timestamp + 299 }),
    'of 300 seconds ago': sign(payload, { timestamp: timestamp - 300 }),
    'of 300 seconds to come': sign(payload, { timestamp: timestamp + 300 }),
    'a good signature beside a bad one': `${good},v1=${other}`,
    'a bad signature beside a good one': `t=${timestamp},v1=${other},v1=${signature}`,
    'an old scheme beside it': `${good},v0=${other}`,
  },
  bad: {
    'no header value': '',
    'something else': "I'm not even a real signature header",
    'another scheme alone': sign(payload, { scheme: 'v0' }),
    'a bad signature': sign(payload, { signature: 'bad_signature' }),
    'another secret': sign(payload, { secret: 'whsec_other' }),
    'of 301 seconds ago': sign(payload, { timestamp: timestamp - 301 }),
    'of 301 seconds to come': sign(payload, { timestamp: timestamp + 301 }),
    'without a time': `v1=${signature}`,
    'of another body': sign(`${payload} `),
  },
};

process.stdout.write(JSON.stringify({ cases, headers: bodies.map((body) => sign(body)) }));
