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
  formatAmount: () => formatAmount
});
module.exports = __toCommonJS(stdin_exports);
function formatAmount(amount, currency, locale) {
  if (amount === null || currency === null) {
    return "";
  }
  const code = currency.toLowerCase();
  const decimals = WHOLE.includes(code) ? 0 : THOUSANDTHS.includes(code) ? 3 : 2;
  const value = amount / 10 ** decimals;
  if (!/^[a-z]{3}$/.test(code)) {
    return `${value.toLocaleString(locale)} ${currency}`;
  }
  const style = { style: (
    /** @type {const} */
    "currency"
  ), currency };
  const { maximumFractionDigits: usual = 2 } = new Intl.NumberFormat(locale, style).resolvedOptions();
  const hasMore = decimals > usual && amount % 10 ** (decimals - usual) !== 0;
  const digits = hasMore ? decimals : usual;
  return value.toLocaleString(locale, { ...style, minimumFractionDigits: digits, maximumFractionDigits: digits });
}
const WHOLE = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" ");
const THOUSANDTHS = "bhd jod kwd omr tnd".split(" ");
