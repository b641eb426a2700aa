const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// What XML cannot hold, and what would break a line.
const UNSAFE = /[&<>"'\0-\x1f\x7f-\x9f\ufffe\uffff]/g;

const LONE = /\p{Surrogate}/gu;

/** Text as it may stand in an SVG; what XML cannot hold becomes the replacement character. */
export const escaped = (text: string): string =>
  text.replace(LONE, '\ufffd').replace(UNSAFE, (c) => ESCAPES[c] ?? '\ufffd');

/** Text of so many characters at most. */
export const shortened = (text: string, most: number): string => {
  const all = Array.from(text);
  return all.length <= most ? text : `${all.slice(0, Math.max(1, most - 1)).join('')}…`;
};

/** Of a character in a sans-serif font of size 1; of other scripts they are as wide as high. */
const characterWidth = (c: string): number => {
  if (c.codePointAt(0)! >= 0x2e80) return 1.1;
  return /[A-Z@%#&mw]/.test(c) ? 0.78 : 0.6;
};

/** About how wide a text is in a sans-serif font of size 1. */
export const widthOf = (text: string): number =>
  Array.from(text).reduce((sum, c) => sum + characterWidth(c), 0);

export const FONT = 'font-family="DejaVu Sans, Verdana, Arial, Helvetica, sans-serif"';

/** A number in a drawing. */
export const at = (n: number): string => String(Math.round(n * 100) / 100);

export const svg = ([height, width]: readonly [number, number], content: string): Buffer =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${content}</svg>`,
  );
