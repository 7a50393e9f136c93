// Bundles: one form, and a named error for each way to be wrong.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contentId, encode, fromUtf8, hex, utf8 } from "../../../core/index.ts";
import { keyFromSeed } from "../../../court-node/keys.ts";
import { noteSigner, signNote } from "../../../ledger/index.ts";
import { acceptBundle, buildBundle, PolicyError, policyCodes, readBundle } from "../../../policy/index.ts";
import { plainValue } from "../../../policy/plain.ts";
import { built, FOLDER_DATA, FOLDERS, NOTES } from "./kit.ts";

const key = keyFromSeed(new Uint8Array(32).fill(7));
const other = keyFromSeed(new Uint8Array(32).fill(8));
const signerOf = ({ did, privateKey }: typeof key) => noteSigner(did, privateKey);
const documents = new Map(Object.entries(FOLDER_DATA).map(([name, value]) => [name, plainValue(value)] as const));
const bytes = buildBundle({ module: built(FOLDERS).bytes, documents, version: 7 }, [signerOf(key)]);

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof PolicyError) return error.code.replace("policy/", "");
    throw error;
  }
  return "accepted";
};
const verdict = (changed: Uint8Array): string => codeOf(() => readBundle(changed, [key.did]));

describe("a bundle", () => {
  it("has one form: the same source gives the same bytes", () => {
    const again = buildBundle({ module: built(FOLDERS), documents: new Map([...documents].reverse()), version: 7 }, [
      signerOf(key),
    ]);
    expect(hex(again)).toBe(hex(bytes));
    expect(fromUtf8(bytes.subarray(0, 14))).toBe("writ-bundle 1 ");
  });

  it("is read back with what it was made of", () => {
    const read = readBundle(bytes, [other.did, key.did]);
    expect(read).toMatchObject({ name: "folders", version: 7, signedBy: [key.did] });
    expect(hex(read.module)).toBe(hex(built(FOLDERS).bytes));
    expect([...read.documents.keys()].sort()).toEqual(["folders", "groups"]);
    expect(read.id).toMatch(/^[0-9a-f]{64}$/);
  });

  it("may be signed by several, any trusted one of which is enough", () => {
    const two = buildBundle({ module: built(NOTES), version: 1 }, [signerOf(other), signerOf(key)]);
    expect(readBundle(two, [key.did]).signedBy).toEqual([key.did]);
    expect(readBundle(two, [key.did, other.did]).signedBy).toEqual([other.did, key.did]);
  });

  it("is refused by name: cut, longer, altered, signed by another, of another format, no bundle", () => {
    const start = bytes.indexOf(10) + 1;
    const head = fromUtf8(bytes.subarray(0, start - 1))!;
    const changed = (at: number, byte = 1): Uint8Array => {
      const copy = bytes.slice();
      copy[at] = copy[at]! ^ byte;
      return copy;
    };
    expect(verdict(bytes)).toBe("accepted");
    for (const length of [1, 10, 13, 20, start, start + 30, bytes.length - 1])
      expect(verdict(bytes.slice(0, length)), String(length)).toBe("bundle-truncated");
    expect(verdict(new Uint8Array())).toBe("not-a-bundle");
    expect(verdict(Uint8Array.from([...bytes, 0]))).toBe("bundle-too-long");
    expect(verdict(changed(bytes.length - 1))).toBe("bundle-altered");
    expect(verdict(changed(0))).toBe("not-a-bundle");
    expect(codeOf(() => readBundle(bytes, [other.did]))).toBe("bundle-untrusted");
    expect(codeOf(() => readBundle(bytes, []))).toBe("bundle-untrusted");
    expect(codeOf(() => readBundle(bytes, ["did:web:example.org"]))).toBe("bundle-malformed");
    const [word, , noteBytes, bodyBytes] = head.split(" ");
    const rest = bytes.slice(start);
    const headed = (line: string): Uint8Array => Uint8Array.from([...utf8(line), ...rest]);
    expect(verdict(headed(`${word} 2 ${noteBytes} ${bodyBytes}\n`))).toBe("bundle-format");
    expect(verdict(headed(`${word} 1 0${noteBytes} ${bodyBytes}\n`))).toBe("not-a-bundle");
    expect(verdict(headed(`${word} 1 ${noteBytes} ${Number(bodyBytes) + 1}\n`))).toBe("bundle-truncated");
    expect(codeOf(() => readBundle(new Uint8Array(33 * 1024 * 1024), [key.did]))).toBe("bundle-too-large");
  });

  it("a note about something else does not fit, whoever signed it", () => {
    const start = bytes.indexOf(10) + 1;
    const noteBytes = Number(fromUtf8(bytes.subarray(0, start))!.split(" ")[2]);
    const note = fromUtf8(bytes.subarray(start, start + noteBytes))!;
    const body = bytes.slice(start + noteBytes);
    const made = (text: string, of: Uint8Array = body): Uint8Array => {
      const head = utf8(`writ-bundle 1 ${utf8(text).length} ${of.length}\n`);
      return Uint8Array.from([...head, ...utf8(text), ...of]);
    };
    const raised = note.replace("\n7\n", "\n8\n");
    expect(verdict(made(raised))).toBe("bundle-bad-signature");
    const named = note.split("\n\n")[0]!;
    // Rightly signed, and yet about another version than the body says.
    expect(verdict(made(signNote(`${named.replace("\n7\n", "\n8\n")}\n`, [signerOf(key)])))).toBe("bundle-altered");
    expect(verdict(made(signNote("something else\n", [signerOf(key)])))).toBe("bundle-altered");
    expect(verdict(made("no note"))).toBe("bundle-malformed");
    // The trusted key's name over a signature of another key.
    const forged = signNote(`${named}\n`, [{ ...signerOf(other), key: signerOf(key).key }]);
    expect(verdict(made(forged))).toBe("bundle-bad-signature");
    const signed = (value: Parameters<typeof encode>[0]): Uint8Array => {
      const of = encode(value);
      const id = hex(contentId("bundle", of));
      return made(signNote(`writ policy bundle 1\nfolders\n7\n${id}\n`, [signerOf(key)]), of);
    };
    const good = { data: {}, module: new Uint8Array(1), name: "folders", version: 7 };
    expect(verdict(signed(good))).toBe("accepted");
    for (const bad of [
      [],
      { ...good, more: 1 },
      { ...good, module: "text" },
      { ...good, name: 7 },
      { ...good, version: "7" },
      { ...good, data: [] },
      { ...good, data: { x: utf8("{ }") } },
      { ...good, data: { x: utf8('{"b":1,"a":2}') } },
      { ...good, data: { x: "{}" } },
    ])
      expect(verdict(signed(bad)), JSON.stringify(bad)).toBe("bundle-malformed");
  });

  it("never goes back to an older version", () => {
    const { name, version, id } = readBundle(bytes, [key.did]);
    const accept = (seen: Parameters<typeof acceptBundle>[1]) =>
      codeOf(() => acceptBundle({ name, version, id }, seen));
    expect(accept(null)).toBe("accepted");
    expect(accept({ name, version: 6, id: "other" })).toBe("accepted");
    expect(accept({ name, version: 7, id })).toBe("accepted");
    expect(accept({ name, version: 7, id: "other" })).toBe("bundle-forked");
    expect(accept({ name, version: 8, id })).toBe("bundle-rolled-back");
    expect(accept({ name: "parcels", version: 6, id })).toBe("bundle-other-policy");
  });

  it("is not built of what would not open", () => {
    expect(codeOf(() => buildBundle({ module: built(FOLDERS), version: 1 }, [signerOf(key)]))).toBe("bad-data");
    expect(codeOf(() => buildBundle({ module: new Uint8Array(9), version: 1 }, [signerOf(key)]))).toBe("bad-module");
    for (const version of [0, -1, 1.5, Number.NaN])
      expect(codeOf(() => buildBundle({ module: built(NOTES), version }, [signerOf(key)]))).toBe("bundle-malformed");
    expect(codeOf(() => buildBundle({ module: built(NOTES), version: 1 }, []))).toBe("bundle-malformed");
  });
});

it("every code has its page, and every page what to do or why not", () => {
  for (const code of policyCodes) {
    const page = readFileSync(new URL(`../../../docs/errors/${code}.md`, import.meta.url), "utf8");
    expect(page).toContain(`# ${code}`);
  }
});
