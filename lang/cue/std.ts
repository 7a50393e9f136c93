// The standard library as it is given to a job: `import "writ.dev/std"`. It lies in the module of the job, as a replacement of
// the module `writ.dev`, so nothing is fetched.
import { type CueFile, nameInModule } from "./job.ts";
import { stdSources } from "./std-sources.ts";

/** How its files are named in messages. */
export const STD_FOLDER = "writ.dev/std/";
const SHOWN = "writ.dev/";

/** Where it lies in the module of a job. */
const FOLDER = "cue.mod/writ";

/** Its templates. */
export const templateNames: readonly string[] = Object.keys(stdSources).flatMap(
  (name) => /^templates\/([^/]+)\/\1\.cue$/.exec(name)?.[1] ?? [],
);

/** Whether a text may import it. */
const imports = /["]writ\.dev\//;

/** What a job of these files needs beside them. */
export function stdFor(files: readonly CueFile[]): readonly CueFile[] {
  const there = files.some((file) => nameInModule(file) === library[0]!.as);
  if (there || !files.some(({ text }) => imports.test(text))) return [];
  return library;
}

/** The same files with every definition of a document's parts accepting anything. Where the library refuses a document, this one
 *  lets the reader say why, in its own words. */
export const laxStd = (files: readonly CueFile[]): readonly CueFile[] =>
  files.map((file) => (PARTS.test(nameInModule(file)) ? { ...file, text: lax(file.text) } : file));

const PARTS = new RegExp(`^${FOLDER}/std/(?:agreement|policy)\\.cue$`);
const lax = (text: string): string =>
  `package std\n${[...text.matchAll(/^#\w+/gm)].map(([name]) => `${name}: _\n`).join("")}`;

const library: readonly CueFile[] = [
  {
    name: `${SHOWN}local-module.cue`,
    as: "cue.mod/local-module.cue",
    text: `deps: "writ.dev@v0": {v: "v0.1.0", replaceWith: "./${FOLDER}"}\n`,
  },
  {
    name: `${SHOWN}module.cue`,
    as: `${FOLDER}/cue.mod/module.cue`,
    text: 'module: "writ.dev@v0"\nlanguage: version: "v0.17.0"\n',
  },
  ...Object.entries(stdSources).map(([name, text]) => ({
    name: `${SHOWN}${name}`,
    as: `${FOLDER}/${name}`,
    text,
  })),
];
