import { CommanderError, type Command } from 'commander';
import { UnderstoryError } from '@understory/core/errors';
import { program } from './program.ts';

/** Lets every command throw its errors, instead of ending the process. */
const throwing = (command: Command): Command => {
  command.exitOverride().commands.forEach(throwing);
  return command;
};

/** Does what a command line says, without `node` and the script before it, and gives the exit code. */
export const main = async (argv: readonly string[]): Promise<number> => {
  try {
    await throwing(program()).parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    const text = error instanceof UnderstoryError ? error.message : ((error as Error).stack ?? String(error));
    process.stderr.write(`\nunderstory: ${text}\n`);
    return 1;
  }
};
