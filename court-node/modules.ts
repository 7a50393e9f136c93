// Modules ready to run: decoded, verified and looked up once, kept while they are used.
import { hex } from "../core/index.ts";
import {
  createMachine,
  decodeModule,
  limits,
  type Machine,
  type MachineBuiltin,
  type Manifest,
  type ManifestValue,
  type Module,
  type Tier,
  type Type,
} from "../vm/index.ts";
import { MODULES_CACHED_MAX } from "./limits.ts";

export interface LoadedModule {
  readonly id: Uint8Array;
  readonly fileId: Uint8Array;
  readonly module: Module;
  readonly machine: Machine;
  /** Timers one call may fire. */
  readonly catchUp: number;
  /** Fuel that lets every run of the entry finish. */
  readonly fuel: { readonly init: number; readonly step: number; readonly due: number; readonly query: number };
  readonly stateType: Type;
  /** Names of the roles, in the order of the offer record. */
  readonly roles: readonly string[];
  /** Index of the role that certifies value, or -1: the court's own word counts. */
  readonly rail: number;
  /** Actions whose `who` is anyone. */
  readonly openActions: ReadonlySet<string>;
}

export type Loading =
  | { readonly loaded: LoadedModule }
  | { readonly code: "bad-module" | "not-an-agreement"; readonly reason: string };

const isMap = (value: ManifestValue | undefined): value is Manifest =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const mapsOf = (value: ManifestValue | undefined): readonly Manifest[] =>
  Array.isArray(value) ? (value as readonly ManifestValue[]).filter(isMap) : [];

/** Decodes and verifies a module file. Whatever the bytes, a module or a reason. */
export function loadModule(file: Uint8Array, builtins: Iterable<MachineBuiltin>, tier: Tier = "auto"): Loading {
  const decoded = decodeModule(file);
  if ("error" in decoded) return { code: "bad-module", reason: `${decoded.error.code}: ${decoded.error.message}` };
  const { module, moduleId, fileId } = decoded;
  if (module.kind !== "agreement")
    return { code: "not-an-agreement", reason: `\`${module.name}\` is a ${module.kind}` };
  const made = createMachine(module, builtins, { tier });
  if ("error" in made) return { code: "bad-module", reason: `${made.error.code}: ${made.error.message}` };
  const { machine } = made;
  const [init, step, due, query] = ["init", "step", "due", "query"].map((entry) => machine.worstFuel(entry));
  if (init === undefined || step === undefined || due === undefined || query === undefined)
    return { code: "bad-module", reason: "an agreement has the entries init, step, due and query" };
  const stateType = module.types[module.entries.find((entry) => entry.name === "step")?.params[0] ?? -1];
  if (stateType === undefined) return { code: "bad-module", reason: "the entry step takes no state" };
  const { catchUp } = module.manifest;
  const parties = mapsOf(module.manifest["parties"]);
  const open = mapsOf(module.manifest["actions"]).filter((action) => namesAnyone(action["who"]));
  return {
    loaded: {
      id: moduleId,
      fileId,
      module,
      machine,
      catchUp:
        typeof catchUp === "number" && catchUp >= 1 && catchUp <= limits.CATCH_UP_MAX
          ? catchUp
          : limits.CATCH_UP_DEFAULT,
      fuel: { init, step, due, query },
      stateType,
      roles: parties.map((party) => String(party["name"])),
      rail: parties.findIndex((party) => party["name"] === module.manifest["rail"] && party["kind"] === "rail"),
      openActions: new Set(open.map((action) => String(action["name"]))),
    },
  };
}

const namesAnyone = (who: ManifestValue | undefined): boolean => isMap(who) && who["kind"] === "anyone";

/** Loaded modules by id; a module is loaded from its stored file when it is not at hand. */
export class Modules {
  readonly #builtins: readonly MachineBuiltin[];
  readonly #cache = new Map<string, LoadedModule>();
  readonly #tier: Tier | undefined;
  constructor(builtins: Iterable<MachineBuiltin>, tier?: Tier) {
    this.#builtins = [...builtins];
    this.#tier = tier;
  }

  /** Loads a file and keeps it. */
  load(file: Uint8Array): Loading {
    const loading = loadModule(file, this.#builtins, this.#tier);
    if ("loaded" in loading) this.#keep(hex(loading.loaded.id), loading.loaded);
    return loading;
  }

  /** The module of an id; `file` gives the stored bytes, or undefined when there are none. */
  get(id: string, file: (id: string) => Uint8Array | undefined): LoadedModule | undefined {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const bytes = file(id);
    if (bytes === undefined) return undefined;
    const loading = this.load(bytes);
    return "loaded" in loading && hex(loading.loaded.id) === id ? loading.loaded : undefined;
  }

  #keep(id: string, loaded: LoadedModule): void {
    this.#cache.delete(id);
    this.#cache.set(id, loaded);
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= MODULES_CACHED_MAX) break;
      this.#cache.delete(oldest);
    }
  }
}
