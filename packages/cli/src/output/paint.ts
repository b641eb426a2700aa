import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const isSet = (name: string): boolean => (process.env[name] ?? '') !== '';
const isOff = (value: string | undefined): boolean => value === '0' || value === 'false';

/** Whether a stream is written to in colour: NO_COLOR, then FORCE_COLOR, else whether it is a terminal that has some. */
export const hasColour = (stream: NodeJS.WriteStream): boolean => {
  const { FORCE_COLOR: forced } = process.env;
  if (isSet('NO_COLOR') || isOff(forced)) return false;
  return forced !== undefined || (stream.isTTY && process.env['TERM'] !== 'dumb');
};

const painted =
  (stream: () => NodeJS.WriteStream) =>
  (style: Style, text: string): string =>
    hasColour(stream()) ? styleText(style, text) : text;

/** A text on standard output in a style, where that has colours. */
export const paint = painted(() => process.stdout);
/** The same on standard error. */
export const paintError = painted(() => process.stderr);
