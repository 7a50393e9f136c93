// Writes a bound into a WebAssembly module: growing its memory past it fails inside, on every host alike, and the program
// ends with `out of memory`. Section 5 of the binary format holds the memory: a flag, the pages at start, the pages at most.

const PAGE_BYTES = 65_536;
const MEMORY_SECTION = 5;
const HEADER_BYTES = 8;

/** The module with its one memory bounded to `bytesMax`; null when the bytes are no such module. Source: WebAssembly core
 *  specification 2.0, section 5.5.8. */
export function boundMemory(module: Uint8Array, bytesMax: number): Uint8Array<ArrayBuffer> | null {
  if (module[0] !== 0 || module[1] !== 0x61 || module[2] !== 0x73 || module[3] !== 0x6d) return null;
  let at = HEADER_BYTES;
  while (at < module.length) {
    const id = module[at];
    const size = readNumber(module, at + 1);
    if (size === null) return null;
    const body = size.next;
    const end = body + size.value;
    if (id === MEMORY_SECTION) {
      // One memory, flag 0 (no bound yet) or 1 (a bound to be replaced).
      if (module[body] !== 1 || (module[body + 1] !== 0 && module[body + 1] !== 1)) return null;
      const start = readNumber(module, body + 2);
      if (start === null) return null;
      const most = Math.max(start.value, Math.floor(bytesMax / PAGE_BYTES));
      const content = [1, 1, ...number(start.value), ...number(most)];
      const section = [MEMORY_SECTION, ...number(content.length), ...content];
      const out = new Uint8Array(at + section.length + (module.length - end));
      out.set(module.subarray(0, at));
      out.set(section, at);
      out.set(module.subarray(end), at + section.length);
      return out;
    }
    at = end;
  }
  return null;
}

/** An unsigned LEB128 number, and the offset behind it. */
function readNumber(bytes: Uint8Array, at: number): { value: number; next: number } | null {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next: at };
  }
  return null;
}

function number(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}
