import { Argument, type Command } from 'commander';
import { commandTable } from './completion/commandTable.ts';
import { SCRIPTS } from './completion/scripts.ts';

/** `understory completion`: what it prints is made of the commands of the root themselves. */
export const addCompletion = (root: Command): void => {
  root
    .command('completion')
    .description('print a script that completes commands and options in your shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .action((shell: string) => {
      process.stdout.write(SCRIPTS[shell]?.(commandTable(root)) ?? '');
    });
};
