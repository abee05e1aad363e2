"use client";
// What a billing page in React needs of the client: the account, the way to Stripe's pages, and what went wrong.

import { useCallback, useEffect, useRef, useState } from "react";

import { getAccount, openBillingPortal, startCheckout as leaveForCheckout, syncAccount } from "../portico.js";

/**
 * Asks for the account, and opens Stripe's pages.
 *
 * @type {typeof import("./index.d.ts").useBilling}
 */
export function useBilling(options) {
  const [state, setState] = useState(
    /** @type {Pick<import("./index.d.ts").Billing, "account" | "loading" | "leaving" | "problem">} */ (BEGINNING),
  );
  // `getToken` is a new function on every render in most SDKs, which is no reason to ask again. So the options that count
  // are the latest ones at the time of a call.
  const latest = useRef(options);
  const loading = useRef(/** @type {AbortController | null} */ (null));
  const leaving = useRef(/** @type {AbortController | null} */ (null));
  useEffect(() => {
    latest.current = options;
  });

  /** @param {Partial<typeof state>} changes */
  const change = (changes) => setState((now) => ({ ...now, ...changes }));

  const load = useCallback(async (/** @type {boolean | undefined} */ sync) => {
    loading.current?.abort();
    const controller = new AbortController();
    loading.current = controller;
    change({ loading: true, problem: null });
    try {
      const { endpoint, getToken } = latest.current;
      const account = await (sync ? syncAccount : getAccount)({ endpoint, getToken, signal: controller.signal });
      change({ account, loading: false });
    } catch (problem) {
      if (!controller.signal.aborted) change({ problem: told(problem), loading: false });
    }
  }, []);

  const leave = useCallback(
    async (/** @type {(options: import("../portico.d.ts").LeavingOptions) => Promise<void>} */ open) => {
      // A second click would open a second session.
      if (leaving.current) return;
      const controller = new AbortController();
      leaving.current = controller;
      change({ leaving: true, problem: null });
      /** @type {import("./index.d.ts").Problem | null} */
      let problem = null;
      try {
        const { endpoint, getToken, navigate } = latest.current;
        await open({ endpoint, getToken, navigate, signal: controller.signal });
        // A browser is on its way, so the buttons go on waiting. What navigates otherwise leaves the page as it is.
        if (!navigate) return;
      } catch (error) {
        problem = told(error);
      }
      if (leaving.current !== controller) return;
      leaving.current = null;
      change({ leaving: false, problem });
    },
    [],
  );

  const { endpoint, sync } = options;
  useEffect(() => {
    change({ account: null });
    load(sync);
    return () => loading.current?.abort();
    // How the page was opened decides about the first time alone.
  }, [endpoint, load]);

  useEffect(() => {
    /** @param {PageTransitionEvent} event */
    const back = (event) => {
      if (!event.persisted) return;
      // "Back" from Stripe's page shows the page as it was left, and the user may have changed something there.
      const hasLeft = leaving.current !== null;
      leaving.current = null;
      change({ leaving: false });
      load(hasLeft);
    };
    globalThis.addEventListener?.("pageshow", back);
    return () => {
      globalThis.removeEventListener?.("pageshow", back);
      leaving.current?.abort();
      leaving.current = null;
    };
  }, [load]);

  return {
    ...state,
    openPortal: useCallback(
      // As a handler of clicks it is given an event, which has none of these.
      (choice) => {
        const { flow, locale, returnPath } = /** @type {import("./index.d.ts").PortalChoice} */ (choice ?? {});
        return leave((options) => openBillingPortal({ ...options, flow, locale, returnPath }));
      },
      [leave],
    ),
    startCheckout: useCallback((choice) => leave((options) => leaveForCheckout({ ...options, ...choice })), [leave]),
    refresh: useCallback((options) => load(options?.sync), [load]),
  };
}

const BEGINNING = { account: null, loading: true, leaving: false, problem: null };

/**
 * What was thrown, as an error: `getToken` may throw anything.
 *
 * @param {unknown} thrown
 * @returns {import("./index.d.ts").Problem}
 */
function told(thrown) {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
