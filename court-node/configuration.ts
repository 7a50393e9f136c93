// Configuration of a court from flags and environment: `--port 8080` or `WRIT_PORT=8080`; a flag wins.
import { TIERS } from "../vm/index.ts";
import { CourtError } from "./errors.ts";
import type { ServeOptions } from "./serve.ts";

/** Flag, variable, and what it is. */
export const SETTINGS = [
  { flag: "ledger", variable: "WRIT_LEDGER", about: "folder of the ledger", default: ".writ/court" },
  {
    flag: "origin",
    variable: "WRIT_ORIGIN",
    about: "name of the log, such as court.example/main",
    default: "localhost/court",
  },
  { flag: "key", variable: "WRIT_KEY", about: "key file of the node", default: "node.key in the folder" },
  {
    flag: "lock",
    variable: "WRIT_LOCK",
    about: "where the last checkpoint is kept a second time",
    default: "checkpoint.lock in the folder",
  },
  { flag: "host", variable: "WRIT_HOST", about: "address to listen on", default: "127.0.0.1" },
  { flag: "port", variable: "WRIT_PORT", about: "port to listen on", default: "8080" },
  { flag: "admit", variable: "WRIT_ADMIT", about: "dids that may deploy and offer, with commas", default: "everybody" },
  {
    flag: "reserve-bytes",
    variable: "WRIT_RESERVE_BYTES",
    about: "free bytes of the disk below which the court only reads",
    default: "67108864",
  },
  {
    flag: "witness",
    variable: "WRIT_WITNESS",
    about: "witnesses that cosign the ledger, each as its URL, `+` and its key, with commas",
    default: "none",
  },
  { flag: "witness-seconds", variable: "WRIT_WITNESS_SECONDS", about: "how often they are asked", default: "60" },
  { flag: "log-level", variable: "WRIT_LOG_LEVEL", about: "silent, error, warn, info or debug", default: "info" },
  { flag: "tier", variable: "WRIT_TIER", about: "interpreter, code or auto: same results", default: "auto" },
] as const;
type Setting = (typeof SETTINGS)[number]["flag"];

const LEVELS = ["silent", "fatal", "error", "warn", "info", "debug", "trace"];
const bad = (message: string): never => {
  throw new CourtError("court/bad-configuration", message);
};

/** Reads flags (`--name value` or `--name=value`) and environment. Throws CourtError for what it does not know. */
export function readConfiguration(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ServeOptions {
  const given = new Map<Setting, string>();
  for (const { flag, variable } of SETTINGS) {
    const value = environment[variable];
    if (value !== undefined && value !== "") given.set(flag, value);
  }
  for (let i = 0; i < args.length; i++) {
    const [name = "", inline] = (args[i] as string).split(/=(.*)/s);
    const setting = SETTINGS.find(({ flag }) => name === `--${flag}`) ?? bad(`there is no flag \`${name}\``);
    given.set(setting.flag, inline ?? args[++i] ?? bad(`\`${name}\` wants a value`));
  }
  const number = (flag: Setting): number | undefined => {
    const text = given.get(flag);
    if (text === undefined) return undefined;
    return /^[0-9]{1,15}$/.test(text) ? Number(text) : bad(`\`--${flag}\` wants a number, not \`${text}\``);
  };
  const level = given.get("log-level");
  if (level !== undefined && !LEVELS.includes(level)) bad(`\`--log-level\` is one of ${LEVELS.join(", ")}`);
  const tier = given.get("tier");
  if (tier !== undefined && !(TIERS as readonly string[]).includes(tier))
    bad(`\`--tier\` is one of ${TIERS.join(", ")}`);
  const options = {
    ledger: given.get("ledger") ?? SETTINGS[0].default,
    origin: given.get("origin"),
    key: given.get("key"),
    lock: given.get("lock"),
    host: given.get("host"),
    port: number("port"),
    admit: given
      .get("admit")
      ?.split(",")
      .filter((did) => did !== ""),
    reserveBytes: number("reserve-bytes"),
    witnesses: given
      .get("witness")
      ?.split(",")
      .filter((each) => each !== ""),
    witnessSeconds: number("witness-seconds"),
    logLevel: level,
    tier,
  };
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as ServeOptions;
}
