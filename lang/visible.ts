// The author's text where people read it: characters that draw nothing, or make others draw elsewhere, are shown by number,
// so that no text can move the cursor of a terminal, turn its neighbours around or pass for another one.

/** Control characters, halves of surrogate pairs, marks that turn the direction of text, breaks of lines and paragraphs,
 *  characters without width (not those that join letters and emoji), tags. Source: UTS #55, section 4; UTR #36, section 2.10.
 *  Ranges, not properties, but for those that never change: the Unicode version of the host decides nothing. */
const HIDDEN =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: a combining character is meant by itself.
  /[\p{Cc}\p{Surrogate}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\u{e0000}-\u{e0fff}]/gu;

/** The text with hidden characters as `\u202e`: on one line, and the same width everywhere. */
export const visible = (text: string): string => text.replace(HIDDEN, escaped);

function escaped(character: string): string {
  const digits = character.codePointAt(0)!.toString(16);
  return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits.padStart(4, "0")}`;
}
