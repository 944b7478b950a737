// Text from outside, made safe to look at: bounded, and without characters that hide or reorder what is shown.
// Markup needs no work here, because the page only ever makes text nodes.

export const MAX_NAME_CHARACTERS = 200;
export const MAX_LINE_CHARACTERS = 2_000;
export const MAX_BLOCK_CHARACTERS = 100_000;

const CONTROL = /[\u0000-\u001f\u007f]/g;
const CONTROL_IN_BLOCK = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
// C1 controls, and format characters: marks that change the direction of text, characters without a width, and tags.
const INVISIBLE = /[\u0080-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text in one line, such as a name. */
export function line(value, maxCharacters = MAX_LINE_CHARACTERS) {
  return show(cut(String(value ?? ""), maxCharacters), CONTROL);
}

/** A name: a short line. */
export function name(value) {
  return line(value, MAX_NAME_CHARACTERS);
}

/** A text of many lines, such as the output of a command. Of a long one, only the end is shown. */
export function block(value, maxCharacters = MAX_BLOCK_CHARACTERS) {
  const text = String(value ?? "").replaceAll("\r\n", "\n");
  const shown = text.length > maxCharacters ? text.slice(-maxCharacters) : text;
  return show(shown, CONTROL_IN_BLOCK);
}

/** JSON text with line breaks, or the text itself if it is not JSON. */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function cut(text, maxCharacters) {
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
}

function show(text, controls) {
  return text.replace(controls, picture).replace(INVISIBLE, codePoint);
}

/** The picture that Unicode has for a control character: ␛ for ESC. */
function picture(character) {
  const code = character.charCodeAt(0);
  return code === 0x7f ? "\u2421" : String.fromCharCode(0x2400 + code);
}

function codePoint(character) {
  return `⟨U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
