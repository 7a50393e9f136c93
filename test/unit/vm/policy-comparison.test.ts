// The policies of the comparison mean the same in every language: each engine gives the decision of the code by hand on every
// input. The texts in docs/policy-comparison.md are these.
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { describe, expect, it } from "vitest";
import { PEERS } from "../../../bench/policy/peers.ts";
import { textOf } from "../../../bench/policy/texts.ts";
import { WORKLOADS } from "../../../bench/policy/workloads.ts";
import { compile } from "../../../compiler/index.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import { decodeModule, loadPolicy, readJson } from "../../../vm/index.ts";

// Node 20 may abort while it optimises calls into the WebAssembly of a peer.
setFlagsFromString("--no-turbo-inline-js-wasm-calls");

describe.each(WORKLOADS)("$name $source", (workload) => {
  const { name, inputs, byHand, byHandChecked } = workload;
  const wanted = inputs.map((input) => byHand(input as never).decision);
  it("allows some and denies some", () => {
    expect(wanted.filter((decision) => decision === "allow").length).toBeGreaterThan(10);
    expect(wanted.filter((decision) => decision === "deny").length).toBeGreaterThan(10);
    expect(inputs.map((input) => byHandChecked(input).decision)).toEqual(wanted);
  });
  it.each(["interpreter", "code"] as const)("is the same in Writ, %s", (tier) => {
    const made = compile({ name: `${name}.yaml`, text: textOf(`${name}.yaml`) });
    const read = decodeModule(made.value!.bytes);
    if ("error" in read) throw new Error(read.error.message);
    const ready = loadPolicy(read, BUILTINS, { tier });
    if ("error" in ready) throw new Error(ready.error.message);
    const bound = ready.loaded.withData(new Map());
    if ("problem" in bound) throw new Error(bound.problem.reason);
    expect(bound.policy.table.rules.length).toBe(workload.rules);
    expect(inputs.map((input) => bound.policy.verdict(input).decision)).toEqual(wanted);
    const answers = inputs.map((input) => {
      const value = readJson(JSON.stringify(input));
      return "value" in value ? bound.policy.decide(value.value).decision : null;
    });
    expect(answers).toEqual(wanted);
  });
  it.each(PEERS)("is the same in peer %#", async (make) => {
    const peer = await make(workload);
    expect(inputs.map((_, i) => (peer.ask(i) ? "allow" : "deny"))).toEqual(wanted);
  });
});

it("the page shows these texts", () => {
  const page = readFileSync(new URL("../../../docs/policy-comparison.md", import.meta.url), "utf8");
  for (const file of ["documents.yaml", "documents.rego", "documents.cedar", "documents.cel"])
    expect(page).toContain(`\n${textOf(file)}\`\`\``);
});
