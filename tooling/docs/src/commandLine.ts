import type { Argument, Command, Option } from 'commander';
// @boundaries-ignore the command exports no parser of its own
import { program } from '../../../packages/cli/src/program.ts';

type Taker = ((value: string, before: unknown) => unknown) & { readonly kind?: string };

/** Paths of a page need not be there; whatever else a value is, is read as ever. */
const withoutFiles = (one: Option | Argument): void => {
  const taker = one.parseArg as Taker | undefined; // commander calls it so
  if (!taker?.kind?.endsWith('file') && !/(folder|path)$/.test(taker?.kind ?? '')) return;
  Object.assign(one, { parseArg: (value: string) => value });
};

const tamed = (command: Command): void => {
  command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  command.options.forEach(withoutFiles);
  command.registeredArguments.forEach(withoutFiles);
  command.commands.forEach(tamed);
};

/** What commander calls it when something is left out, as a text that names a command alone leaves out its arguments. */
const LEFT_OUT = [
  'commander.missingArgument',
  'commander.missingMandatoryOptionValue',
  'commander.optionMissingArgument',
];

/**
 * What the command's own parser says of words, without running anything; undefined where they are right. `whole`: whether
 * what it needs must be there too.
 */
export const faultOfCommand = (words: readonly string[], whole = true): string | undefined => {
  const root = program();
  tamed(root);
  try {
    root.parse([...words], { from: 'user' });
    return undefined;
  } catch (error) {
    const { code = '', message } = error as { readonly code?: string; readonly message: string };
    return (!whole && LEFT_OUT.includes(code)) || /^commander\.(help|version)/.test(code)
      ? undefined
      : message;
  }
};

/** Every long option that some command has. */
export const everyOption = (command: Command = program()): readonly string[] => [
  ...command.options.flatMap(({ long }) => long ?? []),
  ...command.commands.flatMap((child) => everyOption(child)),
];
