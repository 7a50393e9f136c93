// The folder beside a decision log: modules and data documents, each in a file named by its id, so that a log can be replayed
// without anything else. What is read is compared with its name.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { contentId, fromUtf8, hex, utf8 } from "../core/index.ts";
import { encodeValue, readJson, type Value, writeJson } from "../vm/index.ts";
import { alteredFile, badData, logUnwritable, noSuchData, noSuchModule } from "./codes.ts";
import { fail } from "./errors.ts";
import { STORED_BYTES_MAX } from "./limits.ts";
import { type PolicyParts, readModule } from "./open.ts";

export const storeOf = (log: string): string => `${log}.store`;

export class Store {
  readonly #folder: string;
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Keeps module and documents of a policy; what is there already is left alone. */
  keep({ moduleId, bytes, documents }: PolicyParts): void {
    try {
      mkdirSync(this.#folder, { recursive: true });
      this.#write(`${hex(moduleId)}.writ`, bytes);
      for (const [name, document] of documents) {
        const text = writeJson(document);
        if (text === undefined) return fail(badData({ name, reason: "is too large to be kept" }));
        this.#write(`${documentId(document)}.json`, utf8(text));
      }
    } catch (error) {
      if (typeof (error as NodeJS.ErrnoException).code !== "string" || !(error as NodeJS.ErrnoException).syscall)
        throw error;
      fail(logUnwritable({ reason: (error as Error).message }), error);
    }
  }

  #write(name: string, bytes: Uint8Array): void {
    const path = join(this.#folder, name);
    if (existsSync(path) && statSync(path).size === bytes.length) return;
    const beside = `${path}.${process.pid}.part`;
    const file = openSync(beside, "w");
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  }

  #read(name: string): Uint8Array | null {
    const path = join(this.#folder, name);
    if (!existsSync(path)) return null;
    return statSync(path).size > STORED_BYTES_MAX
      ? fail(alteredFile({ file: path }))
      : new Uint8Array(readFileSync(path));
  }

  /** A module by its id in hex. Throws PolicyError when it is not here, or is another. */
  module(id: string): Omit<PolicyParts, "documents"> {
    const bytes = /^[0-9a-f]{64}$/.test(id) ? this.#read(`${id}.writ`) : null;
    if (bytes === null) return fail(noSuchModule({ id: id.slice(0, 64), folder: this.#folder }));
    const read = readModule(bytes);
    return hex(read.moduleId) === id ? read : fail(alteredFile({ file: join(this.#folder, `${id}.writ`) }));
  }

  /** A data document by its digest in hex. */
  document(id: string): Value {
    const bytes = /^[0-9a-f]{64}$/.test(id) ? this.#read(`${id}.json`) : null;
    if (bytes === null) return fail(noSuchData({ id: id.slice(0, 64), folder: this.#folder }));
    const read = readJson(fromUtf8(bytes) ?? "");
    return "value" in read && documentId(read.value) === id
      ? read.value
      : fail(alteredFile({ file: join(this.#folder, `${id}.json`) }));
  }
}

/** The digest that answers name a document by. */
function documentId(document: Value): string {
  const encoded = encodeValue(document);
  return "bytes" in encoded ? hex(contentId("data", encoded.bytes)) : "";
}
