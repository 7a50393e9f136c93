// The configuration file of a cage: YAML whose keys are the flags. What is wrong is said with its place and what to write instead.
import { dirname, isAbsolute, join } from "node:path";
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { nearest } from "../../lang/index.ts";
import { UsageError } from "../exit.ts";
import { clean } from "../terminal.ts";
import { LIMIT_NAMES, SETTINGS, type Setting, type SettingName, type Written, type WrittenPlace } from "./settings.ts";

/** Throws UsageError. Paths in it are from the folder of the file. */
export function readCageFile(name: string, text: string): Written {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, stringKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${clean(name)}:${line}:${col}`;
  };
  const wrong = (node: Pick<Node, "range"> | null, message: string, help: string | null): never => {
    throw new UsageError(`${at(node?.range?.[0] ?? 0)}: ${message}`, help);
  };
  const error = document.errors[0];
  if (error !== undefined)
    throw new UsageError(
      `${at(error.pos[0])}: ${clean(error.message.split("\n")[0]!.replace(/ at line.*$/, ""))}`,
      null,
    );
  const root = document.contents;
  if (!isMap(root)) return wrong(root, "the file is no map of settings", "write `policy: policy.yaml`");

  const scalar = (node: unknown, key: string): string => {
    if (isScalar(node) && node.value !== null && typeof node.value !== "object")
      return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
    return wrong(node as Node, `\`${key}\` wants a text`, null);
  };
  const pathsFrom = dirname(name);
  const path = (value: string): string =>
    value === "-" || isAbsolute(value) || name === "-" ? value : join(pathsFrom, value);
  const written = {
    texts: new Map<SettingName, string>(),
    switches: new Set<SettingName>(),
    lists: new Map<SettingName, string[]>(),
    names: new Map<SettingName, Map<string, string>>(),
    places: new Map<SettingName, WrittenPlace[]>(),
  };
  const each = (node: unknown): readonly unknown[] => (isSeq(node) ? node.items : [node]);
  for (const { key: keyNode, value } of root.items) {
    const key = scalar(keyNode, "a key");
    const setting: Setting | undefined = SETTINGS.find(({ name: known }) => known === key);
    if (setting === undefined) {
      const near = nearest(
        key,
        SETTINGS.map((known) => known.name),
      );
      return wrong(
        keyNode as Node,
        `unknown key \`${clean(key)}\``,
        near === null ? `the keys are ${SETTINGS.map((known) => known.name).join(", ")}` : `did you mean \`${near}\`?`,
      );
    }
    const known = setting.name as SettingName;
    switch (setting.kind) {
      case "text":
        written.texts.set(known, scalar(value, key));
        break;
      case "path":
        written.texts.set(known, path(scalar(value, key)));
        break;
      case "switch":
        if (!isScalar(value) || typeof value.value !== "boolean")
          wrong(value as Node, `\`${key}\` wants true or false`, null);
        else if (value.value) written.switches.add(known);
        break;
      case "texts":
      case "files":
        written.lists.set(
          known,
          each(value).map((item) => (setting.kind === "files" ? path(scalar(item, key)) : scalar(item, key))),
        );
        break;
      case "names":
      case "limits": {
        if (!isMap(value))
          return wrong(
            value as Node,
            `\`${key}\` wants a map`,
            `write \`${key}: {name: ${setting.value?.split("=")[1]}}\``,
          );
        const map = new Map<string, string>();
        for (const item of value.items) {
          const inner = scalar(item.key, "a key");
          if (setting.kind === "limits" && !Object.hasOwn(LIMIT_NAMES, inner)) {
            const near = nearest(inner, Object.keys(LIMIT_NAMES));
            return wrong(
              item.key as Node,
              `there is no bound \`${clean(inner)}\``,
              near === null ? `the bounds are ${Object.keys(LIMIT_NAMES).join(", ")}` : `did you mean \`${near}\`?`,
            );
          }
          const text = scalar(item.value, inner);
          const isPath = known === "data" || known === "key" || (known === "require-confinement" && inner === "file");
          map.set(inner, isPath ? path(text) : text);
        }
        written.names.set(known, map);
        break;
      }
      case "places":
        written.places.set(
          known,
          each(value).map((item) => placeOf(item, key)),
        );
        break;
    }
  }
  return written;

  function placeOf(node: unknown, key: string): WrittenPlace {
    if (!isMap(node)) return { at: scalar(node, key) };
    const out: Record<string, string> = {};
    for (const item of node.items) {
      const inner = scalar(item.key, "a key");
      if (!["at", "caller", "scheme"].includes(inner))
        wrong(item.key as Node, `unknown key \`${clean(inner)}\``, "a place has `at`, `caller` and `scheme`");
      out[inner] = scalar(item.value, inner);
    }
    if (out["at"] === undefined) wrong(node, "the place has no `at`", "write `at: 127.0.0.1:7440`");
    return out as unknown as WrittenPlace;
  }
}
