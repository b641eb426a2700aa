import { Option, type Command } from 'commander';
import type { Volume } from '../output/voice.ts';

const GROUP = 'Options of every command:';

const everywhere = (): readonly Option[] => [
  new Option('--quiet', 'print results alone: no progress, no notices').conflicts('verbose').default(false),
  new Option('--verbose', 'print more: progress each second, whole errors').default(false),
];

/** The commands that do something, wherever they hang. */
export const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

/** Gives every command the options that all of them have, but where it has one of that name itself. */
export const addEverywhere = (root: Command): void => {
  for (const command of leaves(root)) {
    const own = new Set(command.options.map(({ long }) => long));
    for (const option of everywhere()) if (!own.has(option.long)) command.addOption(option.helpGroup(GROUP));
  }
};

/** How much a command that was asked for is to say. */
export const volumeOf = (command: Command): Volume => {
  if (command.getOptionValue('verbose') === true) return 'verbose';
  return command.getOptionValue('quiet') === true ? 'quiet' : 'usual';
};
