// ClientHellos that no library makes.

/** The hello with one more extension at its end. */
export function withExtension(hello: Uint8Array, extension: readonly number[]): Uint8Array {
  const out = [...hello, ...extension];
  const add = (at: number, width: number): void => {
    let value = out.slice(at, at + width).reduce((sum, byte) => sum * 256 + byte, 0) + extension.length;
    for (let i = width - 1; i >= 0; i--) {
      out[at + i] = value & 255;
      value = Math.floor(value / 256);
    }
  };
  let at = 5 + 4 + 34;
  at += 1 + out[at]!;
  at += 2 + out[at]! * 256 + out[at + 1]!;
  at += 1 + out[at]!;
  for (const [place, width] of [
    [3, 2],
    [6, 3],
    [at, 2],
  ] as const)
    add(place, width);
  return Uint8Array.from(out);
}
