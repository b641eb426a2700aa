// The command of this package alone: `npx @understory/engine link`, for projects that want nothing else of Understory.
import { parseArgs } from 'node:util';
import { UnderstoryError } from '@understory/core';
import { install, link, status, unlink, type Order } from './commands.ts';

const HELP = `Runs projects on @tensorflow/tfjs-node or -gpu on current TensorFlow.

  understory-engine link [folder]     fetches TensorFlow where it is missing, compiles the binding, puts it into the project
  understory-engine unlink [folder]   gives the project its own binding back, and leaves no trace
  understory-engine status [folder]   says what is installed and what is linked
  understory-engine install           fetches TensorFlow and compiles the binding, once a machine

  --cuda   with install and link: TensorFlow for NVIDIA GPUs, some 3 GB
  --help   this text
`;

const COMMANDS: Readonly<Record<string, (order: Order) => Promise<void>>> = { link, unlink, status, install };

/** Exit codes: of what a user can mend, and after Ctrl-C. */
const [REFUSED, STOPPED] = [1, 130];

const misused = (message: string): UnderstoryError =>
  new UnderstoryError('invalid-argument', `${message} \`understory-engine --help\` shows what there is.`);

interface Line {
  readonly command: (order: Order) => Promise<void>;
  readonly folder: string;
  readonly cuda: boolean;
}

const parsed = (args: string[]): { words: string[]; cuda: boolean; help: boolean } => {
  const options = { cuda: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  try {
    const { positionals, values } = parseArgs({ args, options, allowPositionals: true });
    return { words: positionals, cuda: values.cuda ?? false, help: values.help ?? false };
  } catch (error) {
    throw misused(`${(error as Error).message.split('. ')[0]}.`);
  }
};

/** Null where the help is asked for. */
const readLine = (args: string[]): Line | null => {
  const { words, cuda, help } = parsed(args);
  const [name, folder = process.cwd(), ...more] = words;
  if (help || name === undefined) return null;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw misused(`There is no command "${name}".`);
  if (more.length > 0) throw misused(`One folder at most, and "${more.join(' ')}" comes besides.`);
  return { command, folder, cuda };
};

const stop = new AbortController();
const interrupt = (): void => stop.abort();
process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  const line = readLine(process.argv.slice(2));
  if (line) await line.command({ folder: line.folder, cuda: line.cuda, signal: stop.signal, say });
  else say(HELP.trimEnd());
} catch (error) {
  if (!stop.signal.aborted && !(error instanceof UnderstoryError)) throw error;
  const message = stop.signal.aborted
    ? 'Stopped; what was fetched to its end is kept.'
    : (error as Error).message;
  process.stderr.write(`understory-engine: ${message}\n`);
  process.exitCode = stop.signal.aborted ? STOPPED : REFUSED;
} finally {
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
}
