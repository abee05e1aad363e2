// What Portico does, as a Node service: Fastify with its own plugins for CORS and limits, `jose` for tokens, and
// Stripe's official package.
//
// It is written to be measured beside Portico, and fairly: keys are imported once, connections to Stripe are kept, a
// request is one line of log, and nothing is done twice. It has what the benchmark asks for and no more: of Portico's
// choices in a request's body it has none, which is work that it is spared.
//
// As in most services, a token is verified each time it comes: `jose` remembers none.

import { createHash, randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import Fastify, { LogController } from 'fastify';
import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import pino from 'pino';
import Stripe from 'stripe';

const settings = readSettings(process.env);
const verify = await tokenVerifier(settings);
const stripe = new Stripe(settings.stripeKey, {
  apiVersion: settings.stripeVersion,
  protocol: settings.stripeBase.protocol.slice(0, -1),
  host: settings.stripeBase.hostname,
  port: settings.stripeBase.port,
  // Its default agent keeps connections, and its retries have an idempotency key of their own making.
  maxNetworkRetries: 2,
  timeout: 8_000,
  telemetry: false,
});

// An answer with a code of its own, as opposed to a bug.
class Refusal extends Error {
  constructor(statusCode, code, message) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
  }
}

const app = Fastify({
  loggerInstance: pino(pino.destination(2)),
  // One line a request, below, instead of the two that Fastify writes by default.
  logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
  genReqId: (request) => {
    const given = request.headers['x-request-id'] ?? '';
    return /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
  },
});

app.decorateRequest('user', null);
app.decorateRequest('customer', null);
app.decorateRequest('failure', null);

await app.register(cors, {
  origin: settings.origins,
  methods: ['POST'],
  allowedHeaders: ['authorization', 'content-type', 'x-request-id'],
  exposedHeaders: ['x-request-id', 'retry-after', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'],
  maxAge: 86_400,
});
await app.register(rateLimit, { global: false, enableDraftSpec: true });

app.addHook('onRequest', async (request, reply) => {
  reply.headers({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': request.id,
  });
});

app.addHook('onResponse', async (request, reply) => {
  const { statusCode } = reply;
  request.log[statusCode >= 500 ? 'error' : statusCode >= 400 ? 'warn' : 'info']({
    method: request.method,
    route: request.routeOptions.url,
    status: statusCode,
    error: request.failure?.code,
    reason: request.failure?.cause?.message,
    user: request.user && createHash('sha256').update(request.user).digest('hex').slice(0, 12),
    plan: request.customer?.plan,
    duration_ms: reply.elapsedTime,
  });
});

app.setErrorHandler((error, request, reply) => {
  request.failure = error;
  if (error instanceof Refusal) {
    if (error.statusCode === 401) {
      reply.header('www-authenticate', 'Bearer error="invalid_token"');
    }
    return reply
      .code(error.statusCode)
      .send({ error: error.code, message: error.message, request_id: request.id });
  }
  request.failure = { code: 'internal_error', cause: error };
  return reply
    .code(500)
    .send({ error: 'internal_error', message: 'Something went wrong.', request_id: request.id });
});

app.get('/healthz', async () => ({ status: 'ok' }));

app.post('/api/v1/account/billing-portal', {
  onRequest: authenticate,
  preHandler: [
    lookUpCustomer,
    app.rateLimit({
      max: (request) => limitOf(request).requests,
      timeWindow: (request) => limitOf(request).milliseconds,
      keyGenerator: (request) => request.user,
      errorResponseBuilder: () =>
        new Refusal(429, 'rate_limited', "The user's plan has no request left in this window."),
    }),
  ],
  schema: {
    response: {
      200: { type: 'object', properties: { url: { type: 'string' } } },
      '4xx': errorSchema(),
      '5xx': errorSchema(),
    },
  },
  handler: openPortal,
});

await app.listen({ host: '127.0.0.1', port: settings.port });

async function authenticate(request) {
  const [, token] = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  try {
    request.user = await verify(token);
  } catch (cause) {
    if (!(cause instanceof errors.JOSEError)) {
      throw cause;
    }
    const refusal = new Refusal(401, 'unauthorized', 'Send a valid access token of the signed-in user.');
    refusal.cause = cause;
    throw refusal;
  }
}

async function lookUpCustomer(request) {
  request.customer = settings.customers.get(request.user) ?? null;
}

function limitOf(request) {
  return settings.limits.get(request.customer?.plan ?? 'free');
}

async function openPortal(request) {
  if (!request.customer) {
    throw new Refusal(400, 'no_stripe_customer', 'This user has no Stripe customer.');
  }
  try {
    const session = await stripe.billingPortal.sessions.create({
      customer: request.customer.stripe_customer_id,
      return_url: `${settings.frontend}/account`,
    });
    return { url: session.url };
  } catch (cause) {
    const refusal =
      cause instanceof Stripe.errors.StripeInvalidRequestError
        ? new Refusal(500, 'stripe_rejected', 'Stripe did not accept the call.')
        : new Refusal(500, 'stripe_unavailable', 'Stripe did not answer; try again in a few seconds.');
    refusal.cause = cause;
    throw refusal;
  }
}

function errorSchema() {
  const text = { type: 'string' };
  return { type: 'object', properties: { error: text, message: text, request_id: text } };
}

// Returns a function from a token to the user that it names, which throws one of jose's errors for any other token.
async function tokenVerifier({ secret, publicKeys, issuer, audience }) {
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const secretKey = await crypto.subtle.importKey('raw', Buffer.from(secret), hmac, false, ['verify']);
  const publicKey = createLocalJWKSet(publicKeys);
  const keyFor = (header, token) => (header.alg === 'HS256' ? secretKey : publicKey(header, token));
  const options = {
    algorithms: ['HS256', 'RS256', 'ES256', 'EdDSA'],
    issuer,
    audience,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: 30,
  };
  return async (token) => {
    if (!token) {
      throw new errors.JWTInvalid('there is no bearer token');
    }
    const { payload } = await jwtVerify(token, keyFor, options);
    return payload.sub;
  };
}

function readSettings(environment) {
  const limits = environment.RATE_LIMITS.split(',').map((entry) => {
    const [plan, requests, seconds] = entry.split(/[=/]/);
    return [plan, { requests: Number(requests), milliseconds: Number(seconds) * 1000 }];
  });
  return {
    port: Number(environment.PORT),
    stripeBase: new URL(environment.STRIPE_API_BASE),
    stripeKey: environment.STRIPE_API_KEY,
    stripeVersion: environment.STRIPE_API_VERSION,
    frontend: environment.FRONTEND_URL,
    origins: [new URL(environment.FRONTEND_URL).origin],
    issuer: environment.JWT_ISSUER,
    audience: environment.JWT_AUDIENCE,
    secret: environment.JWT_HS256_SECRET,
    publicKeys: JSON.parse(environment.JWT_PUBLIC_KEYS),
    limits: new Map(limits),
    // `{"<user>": {"stripe_customer_id": "cus_…", "plan": "paid"}}`
    customers: new Map(Object.entries(JSON.parse(environment.CUSTOMERS))),
  };
}
