// Shapes of paths: what is an id in one is any id of its kind. Pure, and the same for every order of what was seen.

/** A segment as it is, or a kind of id. */
export type Segment = { readonly kind: "literal"; readonly text: string } | { readonly kind: IdKind };
export type IdKind = "number" | "uuid" | "date" | "hex" | "token" | "any";

interface Kind {
  /** RE2, of a whole segment. */
  readonly pattern: string;
  /** As titles name it. */
  readonly name: string;
  /** A segment of this kind, for tests. */
  readonly sample: string;
}

export const ID_KINDS: Readonly<Record<IdKind, Kind>> = {
  number: { pattern: "[0-9]{1,20}", name: ":number", sample: "1" },
  uuid: {
    pattern: "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    name: ":uuid",
    sample: "00000000-0000-4000-8000-000000000000",
  },
  date: { pattern: "[0-9]{4}-[0-9]{2}-[0-9]{2}", name: ":date", sample: "2026-01-01" },
  hex: { pattern: "[0-9a-f]{16,128}", name: ":hex", sample: "0123456789abcdef" },
  token: { pattern: "[A-Za-z0-9_~.-]{12,128}", name: ":token", sample: "Abc123Abc123" },
  any: { pattern: "[^/]{1,128}", name: ":any", sample: "x" },
};

/** The narrowest kinds first. `token`: letters and digits in turn, as no word has them. */
export function segmentOf(text: string): Segment {
  for (const kind of ["number", "uuid", "date", "hex"] as const) if (whole(kind).test(text)) return { kind };
  const mixed = (text.match(/[0-9][A-Za-z]|[A-Za-z][0-9]|[a-z][A-Z]/g) ?? []).length >= 3;
  return mixed && whole("token").test(text) ? { kind: "token" } : { kind: "literal", text };
}

const PATTERNS = new Map(Object.entries(ID_KINDS).map(([kind, { pattern }]) => [kind, new RegExp(`^${pattern}$`)]));
const whole = (kind: IdKind): RegExp => PATTERNS.get(kind)!;

export const shapeOf = (path: string): readonly Segment[] => path.slice(1).split("/").map(segmentOf);

/** One text for equal segments. */
export const segmentKey = (segment: Segment): string =>
  segment.kind === "literal" ? `=${segment.text}` : `:${segment.kind}`;

export const isLiteral = (shape: readonly Segment[]): boolean => shape.every(({ kind }) => kind === "literal");

const text = (shape: readonly Segment[], id: (kind: IdKind) => string, literal: (text: string) => string): string =>
  `/${shape.map((each) => (each.kind === "literal" ? literal(each.text) : id(each.kind))).join("/")}`;

export const shapeTitle = (shape: readonly Segment[]): string =>
  text(
    shape,
    (kind) => ID_KINDS[kind].name,
    (literal) => literal,
  );
export const shapeSample = (shape: readonly Segment[]): string =>
  text(
    shape,
    (kind) => ID_KINDS[kind].sample,
    (literal) => literal,
  );
export const shapePattern = (shape: readonly Segment[]): string =>
  `^${text(
    shape,
    (kind) => ID_KINDS[kind].pattern,
    (literal) => literal.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"),
  )}$`;
