import { describe, expect, it } from "vitest";
import { Recent } from "../../../court-node/recent.ts";

describe("a memory of what was used lately", () => {
  it("keeps what is used and forgets the rest, within its bound", () => {
    const recent = new Recent<number>({ entries: 100 });
    for (let i = 0; i < 1_000; i++) {
      recent.set(`k${i}`, i);
      expect(recent.get("k0")).toBe(0);
    }
    const kept = Array.from({ length: 1_000 }, (_, i) => recent.get(`k${i}`)).filter((value) => value !== undefined);
    expect(kept.length).toBeLessThanOrEqual(100);
    expect(recent.get("k999")).toBe(999);
  });

  it("counts bytes, those of a value that is replaced once", () => {
    const recent = new Recent<Uint8Array>({ entries: 1_000, bytes: 100, bytesOf: (value) => value.length });
    for (let i = 0; i < 50; i++) recent.set("same", new Uint8Array(40));
    recent.set("other", new Uint8Array(10));
    expect(recent.get("same")).toHaveLength(40);
    recent.set("third", new Uint8Array(40));
    recent.set("fourth", new Uint8Array(40));
    expect(recent.get("same")).toBeUndefined();
    expect(recent.get("fourth")).toHaveLength(40);
  });
});
