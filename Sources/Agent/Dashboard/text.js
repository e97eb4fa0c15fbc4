// SPDX-License-Identifier: Apache-2.0
// Text from outside, made fit to be shown. It is always set as text, never as markup; this is about characters that would
// change how the text around them looks.

const colours = /\u001b\[[0-9;:]{0,64}m/g;
/** Control characters, line separators, and marks that change the direction of writing or take no room. */
const harmful = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** The joiner is part of emoji. */
const joiner = '\u200d';

/** Spells out what cannot be seen: `\n`, `\u{202e}`.
 * @param {unknown} text
 */
export function shown(text) {
  return String(text ?? '').replace(harmful, (character) => {
    if (character === joiner) return character;
    if (character === '\n') return '\\n';
    if (character === '\r') return '\\r';
    if (character === '\t') return '\\t';
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** A line that a worker has printed: without its colours; tabs stay.
 * @param {string} line
 */
export function printed(line) {
  const end = line.endsWith('\r') ? line.length - 1 : line.length;
  return line.slice(0, end).replace(colours, '').split('\t').map(shown).join('\t');
}

/** Several printed lines, each on a line of its own.
 * @param {string} text
 */
export function printedLines(text) {
  return text.split('\n').map(printed).join('\n');
}

/** The beginning of a text, with what is missing said in words.
 * @param {string} text
 * @param {number} most how many characters at most
 */
export function beginning(text, most) {
  if (text.length <= most) return text;
  return `${text.slice(0, most)}… ${(text.length - most).toLocaleString('en')} more characters`;
}

/** Names what somebody else chose: a program's path, a principal. It may be of any length.
 * @param {unknown} text @param {number} [most]
 */
export function name(text, most = 300) {
  return beginning(shown(text), most);
}
