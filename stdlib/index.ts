// The public face of stdlib: the table of builtins, resolving of calls, and the pinned data as constants.
export type { Builtin, Form } from "./builtin.ts";
export {
  type Calendar,
  calendarConstant,
  holidayNames,
  nearestHolidays,
  parseCalendar,
  parseWeek,
} from "./calendar.ts";
export { EXAMPLE_SETTINGS, type Example, examples } from "./examples.ts";
export { currency, nearestCurrencies, ROUND_MONEY, roundMoney } from "./money.ts";
export { stdlibReference } from "./reference.ts";
export {
  builtinsNamed,
  type CallMismatch,
  type CallOptions,
  type Constant,
  type ResolvedCall,
  ROUNDING_TEXTS,
  resolveCall,
} from "./resolve.ts";
export {
  describeSignature,
  type ImplicitName,
  type Param,
  type ParamType,
  parseSignature,
  type Signature,
  signatureOf,
} from "./signature.ts";
export { BUILTINS, builtinById, FORM_GROUPS, FORMS, NAMESPACES } from "./table.ts";
export { isJson, isNumber, isOrdered, isQuantity, isTextLike, joinTypes, sameType } from "./types.ts";
export {
  fixedZone,
  localOf,
  localToInstant,
  nearestZones,
  offsetAt,
  parseZone,
  ZONES_VERSION,
  type Zone,
  zoneConstant,
  zoneNames,
} from "./zone.ts";
