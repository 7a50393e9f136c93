// Where a text stands in another, in time that grows with their lengths: the host's own search is quadratic for texts made
// to be, such as many `a` around one `b`, and fuel counts each byte once.

/** Up to this many UTF-16 units the host's search is used: at worst it looks at each place this often. */
const SHORT = 16;

/** Offsets of `part` in `text`, ascending, without overlaps; at most `most` of them. `part` is not empty, both are
 *  well-formed. Source: Knuth, Morris and Pratt, SIAM J. Comput. 6(2), 1977. */
export function offsetsOf(part: string, text: string, most: number): number[] {
  const found: number[] = [];
  if (part.length <= SHORT) {
    for (let at = text.indexOf(part); at >= 0 && found.length < most; at = text.indexOf(part, at + part.length))
      found.push(at);
    return found;
  }
  if (part.length > text.length) return found;
  const border = bordersOf(part);
  let matched = 0;
  for (let at = 0; at < text.length && found.length < most; at++) {
    const unit = text.charCodeAt(at);
    while (matched > 0 && unit !== part.charCodeAt(matched)) matched = border[matched - 1]!;
    if (unit === part.charCodeAt(matched)) matched++;
    if (matched < part.length) continue;
    found.push(at + 1 - part.length);
    matched = 0;
  }
  return found;
}

/** For each prefix of a text, the length of its longest proper suffix that is a prefix, too. */
function bordersOf(part: string): Int32Array {
  const border = new Int32Array(part.length);
  let length = 0;
  for (let at = 1; at < part.length; at++) {
    const unit = part.charCodeAt(at);
    while (length > 0 && unit !== part.charCodeAt(length)) length = border[length - 1]!;
    if (unit === part.charCodeAt(length)) length++;
    border[at] = length;
  }
  return border;
}

/** The stretches of `text` between the occurrences of `part`, which is not empty; null when there are more than `most`. */
export function partsBetween(part: string, text: string, most: number): string[] | null {
  const offsets = offsetsOf(part, text, most);
  if (offsets.length >= most) return null;
  const parts: string[] = [];
  let from = 0;
  for (const offset of offsets) {
    parts.push(text.slice(from, offset));
    from = offset + part.length;
  }
  parts.push(text.slice(from));
  return parts;
}
