import { CommanderError } from 'commander';
import { tellFailure } from './failure.ts';
import { program } from './program.ts';

/**
 * Does what a command line says, without `node` and the script before it, and gives the exit code. Whatever is thrown
 * is told in one message on standard error.
 */
export const main = async (argv: readonly string[]): Promise<number> => {
  let doing = 'understory';
  const root = program();
  root.hook('preAction', (_, command) => {
    doing =
      command.parent && command.parent !== root
        ? `understory ${command.parent.name()} ${command.name()}`
        : `understory ${command.name()}`;
  });
  try {
    await root.parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return error instanceof CommanderError ? error.exitCode : tellFailure(error, doing);
  }
};
