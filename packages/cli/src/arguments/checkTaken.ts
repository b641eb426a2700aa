import type { Argument, Command, Option } from 'commander';
import { takeOf } from './take.ts';

const mustBeFree = (command: Command, slot: Option | Argument, value: unknown): void => {
  const fault = typeof value === 'string' ? takeOf(slot).taken?.(value) : undefined;
  if (fault === undefined) return;
  const named = 'flags' in slot ? `option '${slot.flags}'` : `argument '${slot.name()}'`;
  command.error(`error: ${named} is "${String(value)}". ${fault}`);
};

/** Refuses `--overwrite` beside nothing that it could be about. */
const mustBeAbout = (command: Command): void => {
  const { of } = command.options.find(({ long }) => long === '--overwrite') as { readonly of?: string };
  const output = command.options.find(({ long }) => long === of);
  if (output && command.getOptionValue(output.attributeName()) === undefined)
    command.error(
      `error: --overwrite is about what ${output.long} writes. Add ${output.long}, or leave --overwrite out.`,
    );
};

/** Refuses what a command would replace, before its work is loaded; `--overwrite` allows it. */
export const checkTaken = (command: Command): void => {
  if (command.getOptionValue('overwrite') === true) {
    mustBeAbout(command);
    return;
  }
  for (const option of command.options)
    mustBeFree(command, option, command.getOptionValue(option.attributeName()));
  command.registeredArguments.forEach((argument, at) => {
    mustBeFree(command, argument, command.processedArgs[at]);
  });
};
