// What can be bought. The prices are those that the operator has in `checkout_prices`; what they cost is written here,
// because nobody without a customer can ask Stripe.

const OFFERS = {
  monthly: { price: "pro_monthly", amount: 1000, currency: "usd", interval: "month" },
  yearly: { price: "pro_yearly", amount: 10000, currency: "usd", interval: "year" },
};

const element = (id) => document.getElementById(id);

/**
 * Shows the offer that is chosen, and gives it.
 *
 * @param {import("./words.js").Words} words
 */
export function showOffers(words) {
  const offer = OFFERS[document.querySelector("input[name=period]:checked").value];
  element("offer-amount").textContent = words.amount(offer.amount, offer.currency);
  element("offer-per").textContent = words.per(offer.interval, 1);
  const features = words.text("offers_features").split("|");
  const items = features.map((textContent) => Object.assign(document.createElement("li"), { textContent }));
  element("offer-features").replaceChildren(...items);
  return offer;
}
