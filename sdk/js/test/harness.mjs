// What the tests share: a real HTTP server in Portico's place, and a page in the browser's.

import { createServer } from "node:http";

/** Where Portico answers. */
export const PORTAL = "/api/v1/account/billing-portal";
export const BALANCE = "/api/v1/account/balance";
export const SYNC = "/api/v1/billing/sync";
export const INVOICES = "/api/v1/billing/invoices";
export const HISTORY = "/api/v1/billing/history";
export const SUBSCRIPTIONS = "/api/v1/billing/subscriptions";
export const CHECKOUT = "/api/v1/billing/checkout";

/** A session as Portico answers it. */
export const SESSION = "https://billing.stripe.com/p/session/test_YWNjdF8x";

/** An account as Portico answers it. */
export const ACCOUNT = {
  plan: "paid",
  portal_available: true,
  current_balance: 1200,
  next_refill_at: "2030-01-01T00:00:00Z",
};

/** An invoice as Portico answers it. */
export const INVOICE = {
  id: "in_1",
  number: "QUILL-0001",
  status: "paid",
  description: null,
  currency: "usd",
  amount_due: 1200,
  amount_paid: 1200,
  amount_remaining: 0,
  total: 1200,
  created: 1793491200,
  due_date: null,
  period_start: 1790899200,
  period_end: 1793491200,
  hosted_invoice_url: "https://invoice.stripe.com/i/acct_1/test_secret-page",
  invoice_pdf: "https://pay.stripe.com/invoice/acct_1/test_secret-pdf/pdf",
};

/** A payment as Portico answers it. */
export const PAYMENT = {
  id: "ch_1",
  type: "payment",
  amount: 1200,
  amount_refunded: 0,
  currency: "usd",
  created: 1793491200,
  description: "Subscription update",
  card: { brand: "visa", last4: "4242" },
  receipt_url: "https://pay.stripe.com/receipts/payment/test_secret-receipt",
};

/** A subscription as Portico answers it. */
export const SUBSCRIPTION = {
  id: "sub_1",
  status: "active",
  plan: "paid",
  items: [
    {
      id: "si_1",
      price: "price_1",
      quantity: 1,
      unit_amount: 1200,
      currency: "usd",
      interval: "month",
      interval_count: 1,
    },
  ],
  current_period_end: 1796083200,
  cancel_at: null,
  trial_end: null,
  paused: false,
  resumes_at: null,
  created: 1793491200,
};

/** A body that each of the client's functions takes for a good answer. */
export const GOOD = { url: SESSION, ...ACCOUNT, data: [INVOICE], transactions: [PAYMENT], has_more: false };

/**
 * Starts a server for the length of a test.
 *
 * `handler(request, response)` answers each request after its body was read. `requests` records them, with header names
 * in lower case and the body as text.
 */
export async function serve(t, handler) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const { method, url, headers } = request;
    requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    handler(request, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { endpoint: `http://127.0.0.1:${server.address().port}`, requests };
}

/** A handler that answers JSON. */
export function json(status, body, headers = {}) {
  return (_request, response) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
  };
}

/** A handler that answers text as it is. */
export function text(status, body, headers = {}) {
  return (_request, response) => {
    response.writeHead(status, headers).end(body);
  };
}

/**
 * Gives the module a page to run in, for the length of a test.
 *
 * `visited` records what is assigned to `window.location.href`, which is the only thing that can be done to the
 * location. `fetches` records what `fetch` is called with. It is Node's own, except that it resolves relative URLs
 * against `base`, as in a page. `onAnswer` sees each answer's JSON before the module does.
 */
export function openPage(t, { base = "http://page.invalid/", framed = false, onAnswer = () => {} } = {}) {
  const visited = [];
  const fetches = [];
  const window = {
    location: {
      set href(url) {
        visited.push(url);
      },
    },
  };
  window.self = window;
  window.top = framed ? {} : window;
  const nodeFetch = globalThis.fetch;
  globalThis.window = window;
  globalThis.fetch = async (url, options) => {
    fetches.push(options);
    const response = await nodeFetch(new URL(url, base), options);
    const readJson = response.json.bind(response);
    response.json = async () => {
      const answer = await readJson();
      onAnswer();
      return answer;
    };
    return response;
  };
  t.after(() => {
    delete globalThis.window;
    globalThis.fetch = nodeFetch;
  });
  return { visited, fetches };
}

/** What a promise is rejected with. That it is rejected is part of the test. */
export async function rejection(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`the promise was fulfilled with ${value}`);
}
