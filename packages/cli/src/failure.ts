import { inspect } from 'node:util';
import { UnderstoryError } from '@understory/core/errors';
import { isSystemFault, shownPath, systemReason } from '@understory/core/file-error';
import { paintError } from './output/paint.ts';
import { volumeIs } from './output/voice.ts';
import { fitted } from './output/width.ts';

/** Exit codes: of what a user can mend, and of a fault in the software (`EX_SOFTWARE`). */
export const REFUSED = 1;
export const BROKEN = 70;

/** Longest message, in characters. */
const MOST = 380;
const LONG_WORD = /[^\s"'…]{161,}/g;

// A name may hold what a terminal obeys.
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

/** A message that fits on a screen: words that no name is as long as are cut in their middle, then the message is. */
export const clamped = (message: string, most = MOST): string => {
  const words = message
    .replace(CONTROL, '\ufffd')
    .replace(LONG_WORD, (word) => `${word.slice(0, 80)}…${word.slice(-60)}`);
  const [head, tail] = [most - 150, 149];
  return words.length <= most ? words : `${words.slice(0, head)}…${words.slice(-tail)}`;
};

/** What a run found is no refusal: samples and layers that it names are told whole. */
const FINDINGS: ReadonlySet<string> = new Set(['not-finite', 'row-failed']);
const MOST_FOUND = 4000;

/** Whether stacks and whole messages are shown. */
const isDebugged = (): boolean => volumeIs('verbose') || (process.env['UNDERSTORY_DEBUG'] ?? '') !== '';

const firstLine = (error: unknown): string => {
  const message = error instanceof Error ? error.message || error.name : inspect(error, { depth: 1 });
  const [line = ''] = message.trim().split('\n');
  return line.replace(/[.\s]+$/, '').slice(0, 200) || 'no reason is given';
};

const ofSystem = (error: Error & { readonly path?: unknown }, doing: string): string => {
  const place = typeof error.path === 'string' ? `: ${shownPath(error.path)}` : ', at a file that it opened';
  return `${doing} was refused by the system${place}: ${systemReason(error)}`;
};

export interface Failure {
  /** What the user is told. */
  readonly text: string;
  readonly code: number;
}

/** What is told of an error that ended `doing`, a command such as `understory predict`. */
export const failureOf = (error: unknown, doing: string): Failure => {
  if (isDebugged())
    return { text: inspect(error), code: error instanceof UnderstoryError ? REFUSED : BROKEN };
  if (error instanceof UnderstoryError) {
    const most = FINDINGS.has(error.code) ? MOST_FOUND : MOST;
    return { text: clamped(error.message.trim(), most), code: REFUSED };
  }
  if (isSystemFault(error)) return { text: clamped(ofSystem(error, doing)), code: REFUSED };
  const fault = `a fault in Understory or in a plugin. UNDERSTORY_DEBUG=1 shows where it arose.`;
  return { text: clamped(`${doing} failed: ${firstLine(error)}. This is ${fault}`), code: BROKEN };
};

/** Tells a failure on standard error, after whatever stands in the line there, and gives its exit code. */
export const tellFailure = (error: unknown, doing: string): number => {
  const { text, code } = failureOf(error, doing);
  const told = fitted(`understory: ${text}`, process.stderr);
  process.stderr.write(`\n${told.replace('understory:', paintError('red', 'understory:'))}\n`);
  return code;
};
