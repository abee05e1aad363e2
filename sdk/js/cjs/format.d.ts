/**
 * How amounts are written for a person.
 *
 * @packageDocumentation
 */

/**
 * Writes an amount for a person: `12.00 $` in German, `$12.00` in English. It has the decimals that the currency usually
 * has, and more where something would be left out.
 *
 * @param amount In the currency's smallest unit at Stripe: cents of a dollar, whole yen, thousandths of a Kuwaiti dinar,
 * and hundredths of a forint or an Icelandic króna, although these are shown without decimals.
 * @param currency An ISO code in either case, such as `usd`.
 * @param locale The browser's without it.
 * @returns An empty text where Stripe has no value, that is, where one of the first two is `null`.
 */
export declare function formatAmount(
  amount: number | null,
  currency: string | null,
  locale?: Intl.LocalesArgument,
): string;
