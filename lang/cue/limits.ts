// Bounds of the CUE engine, each with its unit and reason. CUE has no fuel and cannot be interrupted from inside, so what
// comes in is bounded before CUE sees it, and what runs is bounded from outside.
import { SOURCE_BYTES_MAX } from "../limits.ts";

/** Files of one job. A package of people has a dozen. */
export const CUE_FILES_MAX = 1_000;

/** Bytes of UTF-8 of all files of one job: the bound of one source, for together they are one document. */
export const CUE_FILES_BYTES_MAX: number = SOURCE_BYTES_MAX;

/** Bytes of UTF-8 of the data of one job. */
export const CUE_DATA_BYTES_MAX: number = SOURCE_BYTES_MAX;

/** UTF-16 units of a file name, a tag or a path. */
export const CUE_NAME_UNITS_MAX = 1_024;

/** Tags of one job. */
export const CUE_TAGS_MAX = 200;

/** Open brackets within brackets, interpolations included. The bound of YAML sources, so that both spellings hold the same. */
export const CUE_NESTING_MAX = 200;

/** Levels of the tree that CUE's parser can make of a text: brackets, and operators, colons and dots within one element. CUE
 *  recurses over it; the engine's stack was measured to hold three times as many. An enumeration has one level a value. */
export const CUE_LEVELS_MAX = 2_500;

/** Milliseconds of one job, of processor time where the host can tell. A package of a thousand items takes 200, a slow machine five
 *  times that. */
export const CUE_DEADLINE_MS = 5_000;

/** By the clock a job may take so many times its deadline, while other processes have the processor. */
export const CUE_DEADLINE_STRETCH = 8;

/** Milliseconds between two looks at the processor time of a job past its deadline by the clock. */
export const CUE_DEADLINE_LOOK_MS = 20;

/** Milliseconds until a new worker is ready. Half a second is usual; past this it never will be. */
export const CUE_START_MS = 60_000;

/** Bytes of WebAssembly memory, of which an engine that is ready uses about a tenth. An allocation past it ends the job. */
export const CUE_MEMORY_BYTES_MAX: number = 1024 * 1024 * 1024;

/** Bytes of WebAssembly memory after a job from which a worker is replaced: such memory never shrinks. */
export const CUE_MEMORY_BYTES_KEPT: number = 384 * 1024 * 1024;

/** Jobs of one worker before it is replaced. CUE keeps a little of each evaluation; a new worker costs half a second. */
export const CUE_JOBS_MAX = 2_000;

/** Megabytes of a worker's stack, where the host lets it be chosen. WebAssembly calls nest on it. */
export const CUE_STACK_MB = 16;

/** Problems of one job that become diagnostics. */
export const CUE_PROBLEMS_MAX = 200;
