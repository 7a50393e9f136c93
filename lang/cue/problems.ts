// What CUE found wrong with the files of a document, in the words of the language. CUE's own sentences are read here and nowhere
// else: they belong to the pinned release, and a test holds each kind of them.
import * as codes from "../codes.ts";
import type { Diagnostic, Label } from "../diagnostic.ts";
import { lineIndex, type Source, type Span } from "../source.ts";
import { nearest } from "../suggest.ts";
import type { CueProblem } from "./job.ts";
import { CUE_PROBLEMS_MAX } from "./limits.ts";
import { STD_FOLDER, templateNames } from "./std.ts";

/** One diagnostic for each mistake. */
export function explainProblems(all: readonly CueProblem[], sources: readonly Source[], nowhere: Span): Diagnostic[] {
  const explain = explainer(sources, nowhere);
  const found: Diagnostic[] = [];
  // A text that something wrong was put into is wrong only because of that.
  const causes = all.filter(({ message }) => !message.startsWith("invalid interpolation: "));
  const problems = causes.length > 0 ? causes : all;
  for (let at = 0; at < problems.length && found.length < CUE_PROBLEMS_MAX; at++) {
    const problem = problems[at]!;
    if (!/^\d+ errors in empty disjunction:$/.test(problem.message)) {
      found.push(explain.one(problem));
      continue;
    }
    // What follows with this path, or below it, is about the alternatives.
    const inside: CueProblem[] = [];
    while (at + 1 < problems.length && isBelow(problems[at + 1]!.path, problem.path)) inside.push(problems[++at]!);
    found.push(explain.disjunction(problem, inside));
  }
  const unknown = found.some(({ code }) => code === "lang/cue-unknown-name");
  // Whoever mistypes a name leaves it unused, too.
  const kept = found.filter(({ code }) => !(unknown && code === "lang/cue-unused"));
  // After the first mistake of grammar the rest of a file is a guess.
  const same = (a: Diagnostic, b: Diagnostic): boolean =>
    samePlace(a, b) || (a.code === "lang/cue-syntax" && a.code === b.code && a.span.source === b.span.source);
  return kept.filter((one, at) => kept.findIndex((each) => same(each, one)) === at);
}

const samePlace = (a: Diagnostic, b: Diagnostic): boolean =>
  a.code === b.code && a.span.source === b.span.source && a.span.start === b.span.start;
const isBelow = (path: readonly string[], above: readonly string[]): boolean =>
  above.every((name, at) => path[at] === name);

/** `terms.goods`, `cases[1].else`. */
const shown = (path: readonly string[]): string =>
  path.map((name, at) => (/^\d+$/.test(name) ? `[${name}]` : `${at > 0 ? "." : ""}${name}`)).join("") || "the document";

const CONFLICT = /^conflicting values (.+?) and (.+?)(?: \(mismatched types (.+?) and (.+?)\))?$/s;
const OUT_OF_BOUND = /^invalid value (.+?) \((?:out of bound|does not satisfy) (.+)\)$/s;

/** Places shown beside the caret. */
const LABELS_MAX = 3;

function explainer(sources: readonly Source[], nowhere: Span) {
  const isStd = ({ source }: Span): boolean => source.name.startsWith(STD_FOLDER);
  /** The places of the author, the last first: a value is mostly said below what it must be. */
  const ordered = (places: readonly Span[]): Span[] => {
    const own = places.filter((span) => !isStd(span));
    const literal = own.filter((span) => /^["'\d\-[{tfn]/.test(textAt(span)));
    return [...literal.reverse(), ...own.filter((span) => !literal.includes(span)), ...places.filter(isStd)];
  };
  /** Types, literals, bounds: a name only leads there. */
  const says = (span: Span): boolean =>
    !isStd(span) && /^(?:int|float|number|string|bool|bytes|null|true|false|_|[^\p{L}#_].*)$/su.test(textAt(span));
  const labelled = (places: readonly Span[], text: string): Label[] =>
    places
      .filter(says)
      .slice(0, LABELS_MAX)
      .map((span) => ({ span, text }));

  /** Names that are written somewhere, to suggest one. */
  let names: readonly string[] | null = null;
  const suggestion = (name: string): string | undefined => {
    names ??= [
      ...new Set(
        sources.flatMap(({ text }) =>
          [...text.matchAll(/(?:^|[\s{,(])"?([#_]*[\p{L}_][\p{L}\p{Nd}_]*)"?[?!]?\s*[:=]/gu)].map((match) => match[1]!),
        ),
      ),
    ];
    const near = nearest(
      name,
      names.filter((each) => each !== name),
    );
    return near === null ? undefined : `did you mean \`${near}\`?`;
  };

  const one = ({ message, path, places }: CueProblem): Diagnostic => {
    const [first = placeOfPath(path), ...others] = ordered(places);
    const conflict = CONFLICT.exec(message);
    if (conflict !== null) {
      const values = `\`${conflict[1]}\` and \`${conflict[2]}\``;
      return codes.cueConflict(first, { path: shown(path), values }, { labels: labelled(others, "and this") });
    }
    if (message === "field not allowed") {
      const name = path.at(-1) ?? "";
      const owner = path.length > 1 ? `\`${shown(path.slice(0, -1))}\`` : "the document";
      return codes.cueNotAllowed(first, { name, owner }, { help: suggestion(name) });
    }
    const bound = OUT_OF_BOUND.exec(message);
    if (bound !== null) {
      const type = places.map(stdType).find((each) => each !== null);
      return codes.cueOutOfBounds(
        first,
        { path: shown(path), value: bound[1]!, bound: type === undefined ? bound[2]! : `std.#${type!.name}` },
        { labels: labelled(others, "asked for here"), help: type?.about },
      );
    }
    const missing = /^reference "(.+)" not found$/.exec(message) ?? /^undefined field: (.+)$/.exec(message);
    if (missing !== null) {
      const help = looksLikeYaml(first.source, first) ?? suggestion(missing[1]!);
      return codes.cueUnknownName(first, { name: missing[1]! }, { help });
    }
    const unused = /^imported and not used: "(.+?)"/.exec(message);
    if (unused !== null) return codes.cueUnused(first, { what: "the package", name: unused[1]! });
    const idle = /^unreferenced alias or let clause (.+)$/.exec(message);
    if (idle !== null) return codes.cueUnused(placeOfLet(first, idle[1]!), { what: "the `let`", name: idle[1]! });
    const far = /^import failed: .*?cannot find package "(.+?)": (.*)$/s.exec(message);
    if (far !== null) {
      const here = /^writ\.dev\/templates\//.test(far[1]!)
        ? `the library has the templates ${list(templateNames)}`
        : /^writ\.dev\//.test(far[1]!)
          ? "the standard library is `writ.dev/std`"
          : "these files do not hold it";
      return codes.cueImport(first, { path: far[1]!, why: here });
    }
    const builtin = /^builtin package "(.+)" undefined$/.exec(message);
    if (builtin !== null)
      return codes.cueImport(first, { path: builtin[1]!, why: "CUE has no package of that name here" });
    const packages = /^found packages "(.+?)" \(.*?\) and "(.+?)"/.exec(message);
    if (packages !== null) return codes.cuePackages(first, { names: `\`${packages[1]}\` and \`${packages[2]}\`` });
    const syntax = syntaxOf(message, first);
    if (syntax !== null) return syntax;
    if (message === "structural cycle")
      return codes.cueError(first, { message: `\`${shown(path)}\` contains itself without end` });
    const raised = sources.some(({ text }) => text.includes(`error(${JSON.stringify(message)}`));
    const sentence = message.replace(/^failed arithmetic: /, "");
    const about =
      path.length === 0
        ? message
        : raised
          ? `\`${shown(path)}\`: ${message}`
          : `\`${shown(path)}\` cannot be worked out: ${sentence}`;
    return codes.cueError(first, { message: about }, { labels: labelled(others, "this contributed") });
  };

  /** The type of the library that a place stands in, with what it says about itself. */
  const stdType = (span: Span): { readonly name: string; readonly about: string } | null => {
    if (!isStd(span)) return null;
    const before = span.source.text.slice(0, span.end);
    const found = [...before.matchAll(/((?:^\/\/ .*\n)*)^#(\w+): /gm)].at(-1);
    if (found === undefined || before.slice(found.index + found[0].length).includes("\n")) return null;
    return { name: found[2]!, about: found[1]!.replace(/^\/\/ /gm, "").trim() };
  };

  /** Some problems come without a place: the field is looked up by its name. */
  const placeOfPath = (path: readonly string[]): Span => {
    const name = path.at(-1);
    for (const source of name === undefined ? [] : sources) {
      const found = new RegExp(`(?<![\\p{L}\\p{Nd}_])"?${escaped(name!)}"?[?!]?:`, "u").exec(source.text);
      if (found !== null && !source.name.startsWith(STD_FOLDER))
        return { source, start: found.index, end: found.index + found[0].length - 1 };
    }
    return nowhere;
  };

  /** A `let` is reported at the start of its file. */
  const placeOfLet = (span: Span, name: string): Span => {
    const { source } = span;
    const at = new RegExp(`\\blet\\s+(${escaped(name)})\\s*=`).exec(source.text);
    if (at === null) return span;
    const start = at.index + at[0].indexOf(name);
    return { source, start, end: start + name.length };
  };

  const disjunction = (whole: CueProblem, inside: readonly CueProblem[]): Diagnostic => {
    const { path } = whole;
    const real = inside.filter(({ message }) => !/^\d+ errors in empty disjunction:$/.test(message));
    const depth = path.length;
    const isWord = ({ message }: CueProblem): boolean => {
      const words = CONFLICT.exec(message);
      return words !== null && words[3] === undefined && /^".*"$/s.test(words[1]!) && /^".*"$/s.test(words[2]!);
    };
    const isKind = ({ message }: CueProblem): boolean => CONFLICT.exec(message)?.[3] !== undefined;
    // An alternative of another kind, or with another word where they differ, was not meant.
    const meant = real.filter((each) => (each.path.length > depth ? !isWord(each) : !isWord(each) && !isKind(each)));
    const [best] = meant;
    const said = ordered(best?.places ?? real.flatMap(({ places }) => places));
    if (best !== undefined) {
      const inner = one(best);
      const labels = inner.labels.map(({ span }) => ({ span, text: "the alternative that is meant" }));
      const more = { labels, ...(inner.help === undefined ? {} : { help: inner.help }) };
      return codes.cueNoAlternative(inner.span, { path: shown(path), why: inner.message }, more);
    }
    const place = said[0] ?? nowhere;
    const options = [...new Set(real.flatMap((each) => optionsOf(each.message, textAt(place))))];
    const words = real.flatMap(({ message }) => CONFLICT.exec(message)?.slice(1, 3) ?? []);
    const given = words.find((word) => words.filter((each) => each === word).length > 1) ?? textAt(place);
    const near = nearest(unquoted(given), options.map(unquoted));
    const why = options.length === 0 ? "they are of other kinds" : `it is one of ${list(options)}`;
    return codes.cueNoAlternative(
      place,
      { path: shown(path), why },
      {
        labels: labelled(said.slice(-1), "the first of them"),
        ...(near === null ? {} : { help: `did you mean \`${near}\`?` }),
      },
    );
  };

  /** The side of a conflict that is not the author's. */
  const optionsOf = (message: string, given: string): string[] => {
    const sides = CONFLICT.exec(message);
    if (sides === null) return [];
    const wanted = sides[2] === given ? sides[1]! : sides[1] === given ? sides[2]! : sides[2]!;
    return wanted.startsWith("{") ? ["a struct"] : wanted.startsWith("[") ? ["a list"] : [wanted];
  };

  return { one, disjunction };
}

const escaped = (name: string): string => name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

const list = (options: readonly string[]): string =>
  options.length > 8
    ? `${options
        .slice(0, 8)
        .map((each) => `\`${each}\``)
        .join(", ")} …`
    : options.map((each) => (/^a /.test(each) ? each : `\`${each}\``)).join(", ");
const unquoted = (text: string): string => text.replace(/^"(.*)"$/s, "$1");
const textAt = ({ source, start, end }: Span): string => source.text.slice(start, end);

/** Mistakes of grammar. */
function syntaxOf(message: string, at: Span): Diagnostic | null {
  const { source } = at;
  const yaml = looksLikeYaml(source, at);
  const say = (what: string, more: { labels?: Label[]; help?: string } = {}): Diagnostic =>
    codes.cueSyntax(at, { what }, yaml === null ? more : { ...more, help: yaml });
  if (message === "string literal not terminated") return say("the text that starts here has no closing quote");
  const missing = /^missing ',' (?:before newline )?in (list|struct) literal$/.exec(message);
  if (missing !== null) return say("a comma or a new line is missing before this");
  const found = /^expected (.+), found (.+)$/.exec(message);
  if (found === null) return null;
  const [, wanted = "", got = ""] = found;
  const there = /^'(?:IDENT|STRING|INT|FLOAT)' (.+)$/s.exec(got)?.[1] ?? got.replace(/^'(.*)'$/s, "$1");
  const close = /^'([\])}])'$/.exec(wanted)?.[1];
  if (close !== undefined && there === "EOF") {
    const open = unclosed(source, close);
    const labels = open === null ? [] : [{ span: open, text: "opened here" }];
    return say(`\`${close}\` is missing at the end`, { labels });
  }
  if (wanted === "'EOF'") return say(`\`${there}\` closes nothing`);
  if (/label or ':'/.test(wanted))
    return say(
      there === "EOF" || there === "newline"
        ? "a `:` and a value are missing"
        : `a \`:\` is missing before \`${there}\``,
    );
  return say(`${wanted.replace(/'/g, "`")} is expected here${there === "EOF" ? "" : `, not \`${there}\``}`);
}

/** What stands at the place is good YAML and no CUE. */
function looksLikeYaml(source: Source, at: Span): string | null {
  const index = lineIndex(source);
  const line = index.lineText(index.position(at.start).line).trim();
  const before = index.lineText(Math.max(1, index.position(at.start).line - 1)).trim();
  if (/^#\s/.test(line)) return "comments of CUE start with //";
  if (/^- /.test(line)) return "lists of CUE stand in brackets: [a, b]";
  const plain = [line, before].find((each) => /^[\w-]+:\s+[^\s"'{[#*&|<>=!\-(].*[ .%:-]/.test(each));
  const pair = plain === undefined ? null : /^([\w-]+):\s+(.+)$/.exec(plain);
  return pair === null ? null : `texts stand in quotes in CUE:  ${pair[1]}: "${pair[2]}"`;
}

/** The last bracket of a kind that nothing closes. */
function unclosed(source: Source, close: string): Span | null {
  const open = { "}": "{", "]": "[", ")": "(" }[close]!;
  const stack: number[] = [];
  for (const match of source.text.matchAll(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|[{}[\]()]/g)) {
    if (match[0] === open) stack.push(match.index);
    else if (match[0] === close) stack.pop();
  }
  const start = stack.at(-1);
  return start === undefined ? null : { source, start, end: start + 1 };
}
