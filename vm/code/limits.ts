// Bounds of the code tier. Unlike those of ../limits.ts no result depends on them: what is over one is interpreted.

/** Fuel a module uses before it is translated: some thousands of small runs. Translating costs milliseconds, which a module
 *  that runs rarely never earns back. */
export const HOT_FUEL = 1_000_000;
/** Modules translated at one time: with more, the processor's caches lose what the translation gains. */
export const TRANSLATED_MODULES_MAX = 32;
/** Instructions of one translated function, and registers they list: about 2 MiB of text. */
export const FUNCTION_PARTS_MAX = 32_768;
/** The same of all translated functions of a module: translating takes under a second. */
export const MODULE_PARTS_MAX = 131_072;
/** Blocks inside each other in the text of a function: the host's parser recurses. */
export const NESTED_BLOCKS_MAX = 256;
/** Registers of a function and of the calls inside it: they lie on the host's stack, 8 bytes each. */
export const STACK_REGISTERS_MAX = 8_192;
/** UTF-16 units of a text written into the code; a longer one is named. */
export const INLINE_TEXT_MAX = 64;
/** Fuel counted in a variable before it is settled: keeps the variable a small integer of the host. */
export const UNSETTLED_FUEL_MAX = 1_000_000_000;
/** Instructions of one function of the text, and registers they list: the host optimises no function over 60 KiB of its own code, and small ones
 *  sooner. */
export const PIECE_PARTS_MAX = 400;
