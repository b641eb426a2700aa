import { engine } from '@tensorflow/tfjs-core';

const FRAMES = 100;
// Scopes that tfjs opens around gradients; they say nothing to a user.
const ANONYMOUS = new Set(['unnamed scope', 'forward', 'backward', 'gradients']);

/** Names of the tfjs ops that are being called just now, the outermost first. */
export const openOps = (): string[] =>
  engine()
    .state.scopeStack.map(({ name }) => name.replace(/__op$/, ''))
    .filter((name) => !ANONYMOUS.has(name));

/** The innermost of a stack's lines that belongs to the user: neither tfjs, nor Node, nor this package's tracing. */
export const userLine = (stack = stackNow()): string => {
  const lines = stack
    .split('\n')
    .slice(1)
    .map((line) => line.trim().replace(/^at /, ''));
  return lines.find((line) => !isInternal(line)) ?? 'an unknown line';
};

const stackNow = (): string => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  return stack;
};

const isInternal = (line: string): boolean =>
  /\/@tensorflow\/|\/tfjs-(core|layers|node-gpu)\/|\(node:|^node:|<anonymous>/.test(line) ||
  /engine\/(src|dist)\/(compile|eager)\/(?!.*\.test\.)/.test(line);

/** Where in the step something happens, for messages: `tf.randomUniform, at train (train.ts:12:5)`. */
export const whereNow = (): string => {
  const [op] = openOps();
  return `${op === undefined ? '' : `tf.${op}, `}at ${userLine()}`;
};
