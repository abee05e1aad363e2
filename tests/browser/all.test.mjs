// All tests in one process, so that they share a browser. A file can also be run alone: node --test frames.test.mjs

import "./rows.test.mjs";
import "./words.test.mjs";
import "./round-trip.test.mjs";
import "./plan.test.mjs";
import "./changes.test.mjs";
import "./lists.test.mjs";
import "./checkout.test.mjs";
import "./purchase.test.mjs";
import "./problems.test.mjs";
import "./problems-elsewhere.test.mjs";
import "./cross-origin.test.mjs";
import "./frames.test.mjs";
import "./accessibility.test.mjs";
import "./react.test.mjs";
import "./examples.test.mjs";
