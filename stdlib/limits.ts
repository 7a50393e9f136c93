// Every bound of the standard library, with its unit and the reason for the number. Over a bound a builtin gives the error
// `limit` or `overflow`; nothing is cut silently. Results depend on these: changing one is a new language version.

/** Milliseconds since 1970 of the first and the last instant, days since 1970-01-01 of the first and the last date: the years
 *  0001 to 9999, which RFC 3339 can write. */
export { DATE_MAX, DATE_MIN, INSTANT_MAX, INSTANT_MIN } from "../vm/time-text.ts";
/** Months since 1970-01 of the first and the last month: 0001-01 and 9999-12. */
export const MONTH_MIN = -23_628;
export const MONTH_MAX = 96_359;

/** Items `split` makes, and of a list whose length no argument bounds: a page of short words. */
export const ITEMS_MAX = 1_000;
/** Bytes of a text a builtin makes: the machine's own bound of a text. */
export const TEXT_MADE_MAX = 1_048_576;
/** Parts compared, beyond one for each item, before `contains` gives up: those of one large record. */
export const COMPARED_PARTS_MAX = 65_536;
/** Pairs of items `has_all` and `has_any` compare when the items are no scalars, which are looked up instead. */
export const COMPARED_PAIRS_MAX = 4_096;

/** Payments of an annuity: 100 years of months. The exact power has 34 digits a payment. */
export const ANNUITY_PAYMENTS_MAX = 1_200;
/** Significant digits of an annuity's rate a period: keeps the exact power under 20,000 digits. */
export const ANNUITY_RATE_DIGITS_MAX = 16;

/** Transitions of a zone constant; the longest of the database has fewer than 300. */
export const ZONE_TRANSITIONS_MAX = 1_024;
/** Seconds a zone may differ from UTC. The database stays under 16 hours; a fixed offset under 24. */
export const ZONE_OFFSET_MAX = 86_399;
/** Holidays of a calendar constant: twelve a year for the 85 years of a long lease. */
export const HOLIDAYS_MAX = 1_024;

/** Names suggested for an unknown zone, calendar or function. */
export const SUGGESTIONS_MAX = 3;
