"use client";
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);
var stdin_exports = {};
__export(stdin_exports, {
  useBilling: () => useBilling
});
module.exports = __toCommonJS(stdin_exports);
var import_react = require("react");
var import_portico = require("../portico.js");
function useBilling(options) {
  const [state, setState] = (0, import_react.useState)(
    /** @type {Pick<import("./index.d.ts").Billing, "account" | "loading" | "leaving" | "problem">} */
    BEGINNING
  );
  const latest = (0, import_react.useRef)(options);
  const loading = (0, import_react.useRef)(
    /** @type {AbortController | null} */
    null
  );
  const leaving = (0, import_react.useRef)(
    /** @type {AbortController | null} */
    null
  );
  (0, import_react.useEffect)(() => {
    latest.current = options;
  });
  const change = (changes) => setState((now) => ({ ...now, ...changes }));
  const load = (0, import_react.useCallback)(async (sync2) => {
    var _a;
    (_a = loading.current) == null ? void 0 : _a.abort();
    const controller = new AbortController();
    loading.current = controller;
    change({ loading: true, problem: null });
    try {
      const { endpoint: endpoint2, getToken } = latest.current;
      const account = await (sync2 ? import_portico.syncAccount : import_portico.getAccount)({ endpoint: endpoint2, getToken, signal: controller.signal });
      change({ account, loading: false });
    } catch (problem) {
      if (!controller.signal.aborted) change({ problem: told(problem), loading: false });
    }
  }, []);
  const leave = (0, import_react.useCallback)(
    async (open) => {
      if (leaving.current) return;
      const controller = new AbortController();
      leaving.current = controller;
      change({ leaving: true, problem: null });
      let problem = null;
      try {
        const { endpoint: endpoint2, getToken, navigate } = latest.current;
        await open({ endpoint: endpoint2, getToken, navigate, signal: controller.signal });
        if (!navigate) return;
      } catch (error) {
        problem = told(error);
      }
      if (leaving.current !== controller) return;
      leaving.current = null;
      change({ leaving: false, problem });
    },
    []
  );
  const { endpoint, sync } = options;
  (0, import_react.useEffect)(() => {
    change({ account: null });
    load(sync);
    return () => {
      var _a;
      return (_a = loading.current) == null ? void 0 : _a.abort();
    };
  }, [endpoint, load]);
  (0, import_react.useEffect)(() => {
    var _a;
    const back = (event) => {
      if (!event.persisted) return;
      const hasLeft = leaving.current !== null;
      leaving.current = null;
      change({ leaving: false });
      load(hasLeft);
    };
    (_a = globalThis.addEventListener) == null ? void 0 : _a.call(globalThis, "pageshow", back);
    return () => {
      var _a2, _b;
      (_a2 = globalThis.removeEventListener) == null ? void 0 : _a2.call(globalThis, "pageshow", back);
      (_b = leaving.current) == null ? void 0 : _b.abort();
      leaving.current = null;
    };
  }, [load]);
  return {
    ...state,
    openPortal: (0, import_react.useCallback)(
      // As a handler of clicks it is given an event, which has none of these.
      (choice) => {
        const { flow, locale, returnPath } = (
          /** @type {import("./index.d.ts").PortalChoice} */
          choice != null ? choice : {}
        );
        return leave((options2) => (0, import_portico.openBillingPortal)({ ...options2, flow, locale, returnPath }));
      },
      [leave]
    ),
    startCheckout: (0, import_react.useCallback)((choice) => leave((options2) => (0, import_portico.startCheckout)({ ...options2, ...choice })), [leave]),
    refresh: (0, import_react.useCallback)((options2) => load(options2 == null ? void 0 : options2.sync), [load])
  };
}
const BEGINNING = { account: null, loading: true, leaving: false, problem: null };
function told(thrown) {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
