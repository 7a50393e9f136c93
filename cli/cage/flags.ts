// Flags of `writ cage` from the table, and flags laid over a file: a flag takes the place of the key of its name.
import type { Command } from "commander";
import { UsageError } from "../exit.ts";
import { repeated } from "../policy.ts";
import { clean } from "../terminal.ts";
import { LIMIT_NAMES, SETTINGS, type Setting, type SettingName, type Written, type WrittenPlace } from "./settings.ts";

const MANY: ReadonlySet<Setting["kind"]> = new Set(["texts", "files", "names", "places", "limits"]);

export function withSettings(command: Command): Command {
  for (const setting of SETTINGS as readonly Setting[]) {
    const { name, value, about, kind } = setting;
    if (kind === "switch") command.option(`--${name}`, about);
    else if (MANY.has(kind)) command.option(`--${name} <${value}>`, about, repeated);
    else command.option(`--${name} <${value}>`, about);
  }
  return command;
}

/** Of commander: names in camel case. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

const camel = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

export function layFlags(flags: Flags, file: Written | null): Written {
  const out = {
    texts: new Map(file?.texts),
    switches: new Set(file?.switches),
    lists: new Map(file?.lists),
    names: new Map(file?.names),
    places: new Map(file?.places),
  };
  for (const setting of SETTINGS as readonly Setting[]) {
    const given = flags[camel(setting.name)];
    if (given === undefined) continue;
    const name = setting.name as SettingName;
    switch (setting.kind) {
      case "text":
      case "path":
        out.texts.set(name, String(given));
        break;
      case "switch":
        out.switches.add(name);
        break;
      case "texts":
      case "files":
        out.lists.set(name, given as readonly string[]);
        break;
      case "names":
      case "limits":
        out.names.set(name, new Map((given as readonly string[]).map((each) => pairOf(each, setting))));
        break;
      case "places":
        out.places.set(name, (given as readonly string[]).map(flagPlace));
        break;
    }
  }
  // One of two: naming the other on the command line means it.
  if (flags["policy"] !== undefined && flags["bundle"] === undefined) out.texts.delete("bundle");
  if (flags["bundle"] !== undefined && flags["policy"] === undefined) out.texts.delete("policy");
  return out;
}

function pairOf(text: string, { name, value, kind }: Setting): readonly [string, string] {
  const split = text.indexOf("=");
  if (split <= 0) throw new UsageError(`\`--${name} ${clean(text)}\` names nothing`, `write --${name} ${value}`);
  const key = text.slice(0, split);
  if (kind === "limits" && !Object.hasOwn(LIMIT_NAMES, key))
    throw new UsageError(
      `there is no bound \`${clean(key)}\``,
      `the bounds are ${Object.keys(LIMIT_NAMES).join(", ")}`,
    );
  return [key, text.slice(split + 1)];
}

/** `shop@unix:/run/shop.sock`: who calls there, then the place. */
function flagPlace(text: string): WrittenPlace {
  const parts = /^([a-z][a-z0-9-]{0,62})@(.+)$/.exec(text);
  return parts === null ? { at: text } : { at: parts[2]!, caller: parts[1]! };
}
