// Compiles every agreement and policy of examples/, runs their tests, and prints one line for each: name, module id, fuel. With
// `poisoned` the host's clock, randomness, locale and floating point functions throw from the moment the code is loaded.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [root, how] = process.argv.slice(2);
const at = (path) => `file://${join(root, "dist", path)}`;
const { compile, runScenarios, runPolicyTests } = await import(at("compiler/index.js"));
const { readDocument } = await import(at("lang/index.js"));
const { hex } = await import(at("core/index.js"));

const files = readdirSync(join(root, "examples"), { recursive: true })
  .filter((name) => name.endsWith(".yaml"))
  .sort()
  .map((name) => ({ name, text: readFileSync(join(root, "examples", name), "utf8") }))
  .filter(({ text }) => /^(agreement|rules|check):/m.test(text) && !/^use:/m.test(text));

if (how === "poisoned") {
  const poison = (owner, name) => {
    Object.defineProperty(owner, name, {
      value: () => {
        throw new Error(`${name} of the host was asked`);
      },
    });
  };
  for (const name of ["random", "sin", "cos", "exp", "log", "pow", "sqrt"]) poison(Math, name);
  for (const name of ["now", "parse", "UTC"]) poison(Date, name);
  for (const name of ["localeCompare", "toLocaleLowerCase", "toLocaleUpperCase", "normalize"])
    poison(String.prototype, name);
  for (const owner of [Number.prototype, BigInt.prototype, Array.prototype, Date.prototype])
    poison(owner, "toLocaleString");
  poison(globalThis, "Date");
  poison(globalThis, "setTimeout");
  poison(globalThis, "fetch");
  poison(performance, "now");
  globalThis.Intl = undefined;
}

const lines = files.map(({ name, text }) => {
  const made = compile({ name, text });
  if (made.value === null) throw new Error(`${name}: ${made.diagnostics.map(({ message }) => message).join("; ")}`);
  const document = readDocument(text, name).value;
  const report =
    made.policy === null
      ? runScenarios({ document, program: made.program, module: made.value.module })
      : runPolicyTests({ document, program: made.policy, compiled: made.value });
  const passed = report.results.filter(({ ok }) => ok).length;
  const fuel = report.results.reduce((sum, each) => sum + (each.fuel ?? 0), 0);
  return `${name} ${hex(made.value.moduleId)} ${passed} of ${report.results.length} fuel ${fuel}`;
});
process.stdout.write(`${lines.join("\n")}\n`);
