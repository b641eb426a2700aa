import { InvalidArgumentError, type Command } from 'commander';
import { takeOf } from './take.ts';

/**
 * Looks at the folders to which a command writes where nobody named one, as commander looks at those that were named:
 * `runs` may be a file, or lie on a read-only disk.
 */
export const checkDefaults = (command: Command): void => {
  for (const option of command.options) {
    const name = option.attributeName();
    const value: unknown = command.getOptionValue(name);
    if (command.getOptionValueSource(name) !== 'default' || takeOf(option).kind !== 'output-folder') continue;
    try {
      option.parseArg?.(String(value), undefined);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      command.error(
        `error: option '${option.flags}' is "${String(value)}" where nothing is said. ${error.message}`,
      );
    }
  }
};
