// What is refused before CUE sees it.
import * as codes from "../codes.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Source, Span } from "../source.ts";
import { tooDeep } from "./depth.ts";
import { type CueJob, type CuePackage, nameInModule } from "./job.ts";
import {
  CUE_DATA_BYTES_MAX,
  CUE_FILES_BYTES_MAX,
  CUE_FILES_MAX,
  CUE_LEVELS_MAX,
  CUE_NAME_UNITS_MAX,
  CUE_NESTING_MAX,
  CUE_TAGS_MAX,
} from "./limits.ts";

/** Every bound that a job goes past. */
export function checkBounds(job: CueJob): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  if ("files" in job) checkPackage(job, diagnostics);
  if (job.op === "format" || job.op === "syntax") checkTexts([job.text], CUE_FILES_BYTES_MAX, diagnostics);
  if (job.op === "vet" || job.op === "check") checkTexts([job.data], CUE_DATA_BYTES_MAX, diagnostics);
  if (job.op === "verdicts") checkTexts(job.datas, CUE_DATA_BYTES_MAX, diagnostics);
  return diagnostics;
}

function checkPackage(job: CuePackage, diagnostics: Diagnostic[]): void {
  const { files, main = [], tags = [], path = "" } = job;
  const span = placeOf(files);
  const past = (size: number, max: number, what: string): void => {
    if (size > max) diagnostics.push(codes.cueTooLarge(span, { size: `${size} ${what}`, max }));
  };
  past(files.length, CUE_FILES_MAX, "files");
  past(tags.length, CUE_TAGS_MAX, "tags");
  const names = [...files.map(nameInModule), ...main, ...tags, path];
  past(
    names.reduce((most, name) => Math.max(most, name.length), 0),
    CUE_NAME_UNITS_MAX,
    "characters of a name",
  );
  const seen = new Set<string>();
  for (const name of files.map(nameInModule)) {
    if (seen.has(name)) diagnostics.push(codes.cueError(span, { message: `two files have the name ${name}` }));
    seen.add(name);
  }
  checkTexts(files, CUE_FILES_BYTES_MAX, diagnostics);
}

function checkTexts(sources: readonly Source[], bytesMax: number, diagnostics: Diagnostic[]): void {
  const bytes = sources.reduce((sum, { text }) => sum + utf8Length(text), 0);
  if (bytes > bytesMax) {
    diagnostics.push(codes.cueTooLarge(placeOf(sources), { size: `${bytes} bytes`, max: bytesMax }));
    return;
  }
  for (const source of sources) {
    const found = tooDeep(source.text, { nestingMax: CUE_NESTING_MAX, levelsMax: CUE_LEVELS_MAX });
    if (found === null) continue;
    const max = found.what === "nesting" ? CUE_NESTING_MAX : CUE_LEVELS_MAX;
    diagnostics.push(codes.cueTooDeep({ source, start: found.at, end: found.at + 1 }, { max }));
  }
}

/** The start of the first source. */
export const placeOf = (sources: readonly Source[]): Span => ({
  source: sources[0] ?? { name: "", text: "" },
  start: 0,
  end: 0,
});

function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Two units of a pair are four bytes; a lone one is written as three.
    if (code >= 0x800) bytes += code >= 0xd800 && code <= 0xdfff ? 1 : 2;
    else if (code >= 0x80) bytes++;
  }
  return bytes;
}
