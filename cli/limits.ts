// Bounds of the command line, each with its unit and reason.

/** Bytes of a file or of standard input that a command reads. The largest thing it reads is a receipt bundle: a module
 *  (16 MiB), a state and a proof. Sources are held to a smaller bound by `lang`. */
export const FILE_BYTES_MAX = 48 * 1024 * 1024;

/** Bytes of a source: anything larger is refused before it is read (lang refuses it too, by its own bound). */
export const SOURCE_BYTES_MAX = 4 * 1024 * 1024;

/** Milliseconds before a running job says that it is running. */
export const PROGRESS_AFTER_MS = 1_000;

/** Milliseconds between two lines of progress where there is no terminal to redraw. */
export const PROGRESS_LINE_MS = 5_000;

/** Folders upwards in which the file of a CUE module is looked for. */
export const CUE_FOLDER_LEVELS_MAX = 64;

/** Bytes of one line of `--lines`: an input of the largest size that JSON is read in. */
export const INPUT_LINE_BYTES_MAX = 32 * 1024 * 1024;

/** Differences and flips that are shown for people; `--json` gives all that were kept. */
export const DIFFERENCES_SHOWN_MAX = 20;

/** Records of a part of a ledger that is given as files, each with its proof: what an auditor asks for by hand. */
export const PART_RECORDS_MAX = 100_000;

/** Modules that one policy uses, with those that they use. */
export const MODULES_USED_MAX = 256;

/** Rules whose cost is listed for people; `--json` gives all. */
export const COSTS_SHOWN_MAX = 20;
/** Bytes of inputs that `writ act do --lines` sends at once: with their envelopes in base64 they are within the body of a batch. */
export const ACT_LINES_BYTES = 4 * 1024 * 1024;
/** Bytes of one such line: what is signed beside the inputs has room in ACTION_BYTES_MAX. */
export const ACT_LINE_BYTES_MAX = 30 * 1024;
