// Bounds of the playground, each with its unit and reason.

/** UTF-16 units of a text that is looked at: the largest source in bytes holds no more. */
export const TEXT_UNITS_MAX = 4 * 1024 * 1024;

/** Milliseconds after the last key before a text is looked at: less would look at half a word, more would feel slow. */
export const QUIET_MS = 150;

/** Milliseconds an answer may take. The worker is ended then, so a text that takes long never hangs the page. */
export const ANSWER_MS_MAX = 10_000;

/** Characters of an address with a text in it: browsers and mail take no more for sure. */
export const ADDRESS_UNITS_MAX = 16_000;

/** Units of a text that was packed into an address, unpacked: what makes an address of the largest size from prose, and no bomb. */
export const SHARED_UNITS_MAX = 256 * 1024;

/** Problems that are listed; the editor marks them all. */
export const PROBLEMS_SHOWN_MAX = 200;

/** Lines of bytecode that are shown: more would stall the page, and `writ disasm` has them all. */
export const CODE_LINES_MAX = 20_000;
