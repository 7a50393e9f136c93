// Network error logging: what answers ask of browsers, and what becomes of the reports they send.
export { Collector, type CollectorOptions, type CountedReport, collectorServer } from "./collector.ts";
export { type NelPolicy, nelFields } from "./fields.ts";
export { type ReadPolicy, readNelPolicy } from "./policy.ts";
export { type NelReport, type ReportProblem, readReports } from "./report.ts";
export { observing, Seen, type SeenExchange } from "./seen.ts";
