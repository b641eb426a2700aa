import type { HelpConfiguration, OutputConfiguration } from 'commander';
import { clamped } from '../failure.ts';
import { hasColour, paint, paintError } from './paint.ts';
import { columnsOf, fitted, wrapTo } from './width.ts';

/** Columns of help where nobody says how many there are. */
const USUAL = 80;
const helpWidth = (stream: NodeJS.WriteStream): number => columnsOf(stream) ?? USUAL;

/** How what commander prints comes to the terminal. */
export const output: OutputConfiguration = {
  outputError: (said, write) => write(`${paintError('red', fitted(clamped(said.trim()), process.stderr))}\n`),
  getOutHelpWidth: () => helpWidth(process.stdout),
  getErrHelpWidth: () => helpWidth(process.stderr),
  getOutHasColors: () => hasColour(process.stdout),
  getErrHasColors: () => hasColour(process.stderr),
};

/** Least columns of a description beside its term; with fewer it stands below. */
const BESIDE = 34;
const BELOW = 6;

/** A term and what it means: side by side, or below where the terminal is narrow. */
const item: NonNullable<HelpConfiguration['formatItem']> = (term, termWidth, description, helper) => {
  const width = helper.helpWidth ?? USUAL;
  const at = 2 + termWidth + 2;
  const isBeside = width - at >= BESIDE;
  const indent = ' '.repeat(isBeside ? at : BELOW);
  const lines = description === '' ? [] : wrapTo(description, width - indent.length);
  const pad = ' '.repeat(Math.max(0, termWidth - helper.displayWidth(term)) + 2);
  const [first, ...others] = lines;
  if (first === undefined) return `  ${term}`;
  const beside = isBeside ? [`  ${term}${pad}${first}`, ...others.map((line) => indent + line)] : undefined;
  return (beside ?? [`  ${term}`, ...lines.map((line) => indent + line)]).join('\n');
};

const NOTHING: readonly unknown[] = [undefined, false, ''];
const isSaid = (value: unknown): boolean =>
  !NOTHING.includes(value) && !(Array.isArray(value) && value.length === 0);

/** What an option is for, its choices, and its default where that is something. */
const about: NonNullable<HelpConfiguration['optionDescription']> = ({
  description,
  argChoices,
  defaultValue,
  defaultValueDescription,
}) => {
  const fallback = defaultValueDescription ?? (defaultValue as unknown);
  const more = [
    ...(argChoices ? [argChoices.join(', ')] : []),
    ...(isSaid(fallback) ? [`default: ${String(fallback)}`] : []),
  ];
  return more.length > 0 ? `${description} (${more.join('; ')})` : description;
};

/** How help is laid out: for any width, and with titles that stand out where there is colour. */
export const help: HelpConfiguration = {
  minWidthToWrap: 10,
  formatItem: item,
  optionDescription: about,
  styleTitle: (title) => paint('bold', title),
};

/** Paragraphs behind a command's help; a line that begins with blanks is a command, and stays whole. */
export const afterHelp = (paragraphs: readonly string[]): string => {
  const width = helpWidth(process.stdout);
  const lines = paragraphs.flatMap((text) =>
    text.split('\n').flatMap((line) => (line.startsWith(' ') ? [line] : wrapTo(line, width))),
  );
  return `\n${lines.join('\n')}`;
};
