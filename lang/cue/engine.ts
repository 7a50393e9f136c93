// Real CUE, as WebAssembly in a worker. Used while documents are written and compiled; courts and cages never load it, and
// nothing is loaded before the first job.
import * as codes from "../codes.ts";
import type { Diagnostic, Outcome } from "../diagnostic.ts";
import type { Source, Span } from "../source.ts";
import { checkBounds, placeOf } from "./bounds.ts";
import { type RawDocument, readDocumentTree } from "./document.ts";
import type { CueHost } from "./host.ts";
import {
  type CueAnswers,
  type CueFile,
  type CueJob,
  type CuePackage,
  type CuePrepared,
  type CueProblem,
  type CueVerdict,
  nameInModule,
} from "./job.ts";
import {
  CUE_DEADLINE_MS,
  CUE_JOBS_MAX,
  CUE_MEMORY_BYTES_KEPT,
  CUE_MEMORY_BYTES_MAX,
  CUE_PROBLEMS_MAX,
  CUE_START_MS,
} from "./limits.ts";
import { type RawLowered, readLowered } from "./lowered.ts";
import { type RawPlace, spansOf } from "./places.ts";
import { explainProblems } from "./problems.ts";
import { CueRunner, type Ran } from "./runner.ts";

export interface CueEngineOptions {
  /** Milliseconds of one job, without the start of a worker: of processor time where the host can tell, and at most
   *  CUE_DEADLINE_STRETCH times as many by the clock. */
  readonly deadlineMs?: number;
  /** Milliseconds until a new worker is ready. */
  readonly startMs?: number;
  /** Bytes of WebAssembly memory that a job may reach. */
  readonly memoryBytesMax?: number;
  /** Bytes of WebAssembly memory after a job from which the worker is replaced. */
  readonly memoryBytesKept?: number;
  /** Jobs of one worker. */
  readonly jobsMax?: number;
  /** Where it runs; the one of Node when left out. */
  readonly host?: CueHost;
}

export interface CueEngine {
  /** Runs a job after those given before. Never rejects: `value` is null when diagnostics hold an error. Data that does not
   *  satisfy a constraint is a verdict, not a diagnostic. */
  run<J extends CueJob>(job: J): Promise<Outcome<CueAnswers[J["op"]] | null>>;
  /** Ends the worker. Jobs under way and later ones answer `lang/cue-unavailable`. */
  close(): Promise<void>;
  /** For tests and benchmarks: workers started so far, and bytes of WebAssembly memory after the last job. */
  stats(): { readonly workersStarted: number; readonly memoryBytes: number };
}

interface RawProblem {
  readonly message: string;
  readonly path: readonly string[];
  readonly places: readonly RawPlace[];
}

interface RawVerdict {
  readonly accepted: boolean;
  readonly problems: readonly RawProblem[];
  readonly filled: string[][];
}

interface RawAnswer {
  readonly problems?: readonly RawProblem[];
  readonly broken?: string;
  readonly text?: string;
  readonly verdict?: RawVerdict;
  readonly verdicts?: readonly RawVerdict[];
  readonly subsumes?: { readonly holds: boolean; readonly problems: readonly RawProblem[] };
  readonly lowered?: RawLowered;
  readonly document?: RawDocument;
  readonly unprepared?: boolean;
  /** Bytes that the answer would have, and bytes that it may have. */
  readonly oversized?: number;
  readonly most?: number;
}

/** An engine with a worker of its own. Two engines share the compiled module and nothing else. */
export function createCueEngine(options: CueEngineOptions = {}): CueEngine {
  const deadlineMs = options.deadlineMs ?? CUE_DEADLINE_MS;
  const memoryBytesMax = options.memoryBytesMax ?? CUE_MEMORY_BYTES_MAX;
  const runner = new CueRunner({
    host: options.host ?? lazyNodeHost(),
    deadlineMs,
    startMs: options.startMs ?? CUE_START_MS,
    memoryBytesMax,
    memoryBytesKept: options.memoryBytesKept ?? CUE_MEMORY_BYTES_KEPT,
    jobsMax: options.jobsMax ?? CUE_JOBS_MAX,
  });
  let prepared = 0;

  const failed = (job: CueJob, ran: Exclude<Ran, { is: "answer" }>): Diagnostic => {
    const span = placeOf(sourcesOf(job));
    if (ran.is === "late") return codes.cueTimeout(span, { ms: deadlineMs });
    if (ran.is === "memory") return codes.cueOutOfMemory(span, { mebibytes: Math.floor(memoryBytesMax / 2 ** 20) });
    if (ran.is === "crashed") return codes.cueCrashed(span, { why: ran.why });
    return codes.cueUnavailable(span, { why: ran.why });
  };

  const run = async (job: CueJob): Promise<Outcome<unknown>> => {
    const bounds = checkBounds(job);
    if (bounds.length > 0) return { value: null, diagnostics: bounds };
    const key = job.op === "prepare" ? `${++prepared}` : "";
    return runner.inTurn(async () => {
      let ran = await runner.call(JSON.stringify(wire(job, key)));
      if (job.op === "check" && ran.is === "answer" && (JSON.parse(ran.text) as RawAnswer).unprepared) {
        // The worker is newer than the constraint.
        ran = await runner.call(JSON.stringify(wire({ op: "prepare", ...job.constraint.source }, job.constraint.key)));
        if (ran.is === "answer" && (JSON.parse(ran.text) as RawAnswer).problems === undefined)
          ran = await runner.call(JSON.stringify(wire(job, "")));
      }
      if (ran.is !== "answer") return { value: null, diagnostics: [failed(job, ran)] };
      const answer = JSON.parse(ran.text) as RawAnswer;
      if (answer.broken !== undefined) {
        // A panic inside CUE was caught, but what it left behind is unknown.
        await runner.discard();
        return { value: null, diagnostics: [failed(job, { is: "crashed", why: answer.broken })] };
      }
      if (answer.oversized !== undefined) {
        const params = { size: `${answer.oversized} bytes of its value`, max: answer.most ?? 0 };
        return { value: null, diagnostics: [codes.cueTooLarge(placeOf(sourcesOf(job)), params)] };
      }
      return read(job, key, answer);
    });
  };

  return {
    run: run as CueEngine["run"],
    close: () => runner.close(),
    stats: () => ({ workersStarted: runner.started, memoryBytes: runner.memoryBytes }),
  };
}

/** The host of Node, loaded with the first job. */
function lazyNodeHost(): CueHost {
  let host: CueHost | null = null;
  return {
    async compile(memoryBytesMax) {
      host = (await import("./host-node.ts")).nodeHost;
      return host.compile(memoryBytesMax);
    },
    cpuMs: () => host?.cpuMs?.() ?? 0,
    // A worker is spawned only after its module was compiled.
    spawn: (listener) => host!.spawn(listener),
  };
}

const sourcesOf = (job: CueJob): readonly CueFile[] =>
  job.op === "format" || job.op === "syntax"
    ? [job.text]
    : job.op === "check"
      ? job.constraint.source.files
      : job.files;

/** A job as the Go program reads it. */
function wire(job: CueJob, key: string): unknown {
  if (job.op === "format" || job.op === "syntax")
    return { op: job.op, text: { name: job.text.name, text: job.text.text } };
  if (job.op === "check")
    return { op: job.op, key: job.constraint.key, data: { name: job.data.name, text: job.data.text } };
  return {
    op: job.op,
    files: Object.fromEntries(job.files.map((file) => [nameInModule(file), file.text])),
    main: job.main ?? [],
    tags: job.tags ?? [],
    path: job.path ?? "",
    ...(key === "" ? {} : { key }),
    ...(job.op === "vet" ? { data: { name: job.data.name, text: job.data.text } } : {}),
    ...(job.op === "verdicts" ? { datas: job.datas.map(({ name, text }) => ({ name, text })) } : {}),
    ...(job.op === "subsume" ? { other: job.other } : {}),
  };
}

/** The answer of the Go program as the answer of the job. */
function read(job: CueJob, key: string, answer: RawAnswer): Outcome<unknown> {
  const sources = new Map<string, Source>(sourcesOf(job).map((source) => [nameInModule(source), source]));
  // Data may have the name of a file; its places then mean the data, which came last.
  if (job.op === "vet" || job.op === "check") sources.set(job.data.name, job.data);
  if (job.op === "verdicts") for (const data of job.datas) sources.set(data.name, data);
  const spans = spansOf(sources);
  const problem = (raw: RawProblem): CueProblem => ({
    message: raw.message,
    path: raw.path,
    places: spans(raw.places),
  });
  if (answer.problems !== undefined) return { value: null, diagnostics: explained(job, answer.problems.map(problem)) };
  const verdict = ({ accepted, problems, filled }: RawVerdict): CueVerdict => ({
    accepted,
    problems: problems.map(problem),
    filled,
  });
  return { value: answered(), diagnostics: [] };

  function answered(): unknown {
    switch (job.op) {
      case "vet":
      case "check":
        return verdict(answer.verdict!);
      case "verdicts":
        return answer.verdicts!.map(verdict);
      case "prepare": {
        const { files, main, tags, path } = job;
        return { key, source: { files, main, tags, path } satisfies CuePackage } satisfies CuePrepared;
      }
      case "subsume":
        return { holds: answer.subsumes!.holds, problems: answer.subsumes!.problems.map(problem) };
      case "lower":
        return readLowered(answer.lowered!, spans);
      case "document":
        return readDocumentTree(answer.document!, spans);
      default:
        return answer.text ?? "";
    }
  }
}

/** What an author writes is explained; constraints and data of a program keep CUE's own sentences. */
const explained = (job: CueJob, problems: readonly CueProblem[]): Diagnostic[] =>
  job.op === "document" || job.op === "format"
    ? explainProblems(problems, sourcesOf(job), placeOf(sourcesOf(job)))
    : diagnosticsOf(problems, placeOf(sourcesOf(job)));

/** One diagnostic for each problem: the caret at its first place, labels at the others. */
function diagnosticsOf(problems: readonly CueProblem[], nowhere: Span): Diagnostic[] {
  return problems.slice(0, CUE_PROBLEMS_MAX).map(({ message, path, places }) => {
    const [first = nowhere, ...others] = places;
    const labels = others.map((span) => ({ span, text: "this contributed" }));
    return codes.cueError(
      first,
      { message: path.length === 0 ? message : `${path.join(".")}: ${message}` },
      { labels },
    );
  });
}
