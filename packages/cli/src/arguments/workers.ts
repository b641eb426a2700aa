import { Option } from 'commander';
import { outputFolder } from './paths.ts';
import { wholeNumber } from './take.ts';

/** Options of a run that several processes train together. */
export interface WorkerOptions {
  /** On this machine; 1 where nothing is said. */
  readonly workers?: number;
  readonly minWorkers?: number;
  readonly restarts: number;
  readonly workerTimeout: number;
  readonly startTimeout: number;
  readonly trustNetwork: boolean;
  readonly shareNetwork: boolean;
  /** Of a worker that goes on with a run after another one was lost: the run's folder. */
  readonly goOn?: string;
}

/** Those that also evaluation has. */
export type MeasuringOptions = Omit<WorkerOptions, 'minWorkers' | 'goOn'>;

const count = wholeNumber(1, 1024);

/** Names of those that also evaluation has: it is begun again where a worker is lost. */
const MEASURING = ['workers', 'restarts', 'workerTimeout', 'startTimeout', 'trustNetwork', 'shareNetwork'];

/** Those options of `evaluate`. */
export const measuringOptions = (): Option[] =>
  workerOptions().filter((option) => MEASURING.includes(option.attributeName()));

/** Those options of `train`. */
export const workerOptions = (): Option[] => [
  new Option(
    '--workers <n>',
    'processes on this machine that share each batch; TF_CONFIG names those of several machines',
  ).argParser(count),
  new Option('--min-workers <n>', 'go on with fewer workers where one is lost, down to so many').argParser(
    count,
  ),
  new Option('--restarts <n>', 'how often to go on where a worker is lost, from the last checkpoint')
    .argParser(wholeNumber(0, 1000))
    .default(3),
  new Option('--worker-timeout <s>', 'seconds after which a worker that says nothing is lost')
    .argParser(wholeNumber(5, 86_400))
    .default(60),
  new Option('--start-timeout <s>', 'seconds that workers wait for each other before the first step')
    .argParser(wholeNumber(5, 86_400))
    .default(600),
  new Option(
    '--trust-network',
    'let workers of other machines in, over a network that keeps strangers out',
  ).default(false),
  new Option(
    '--share-network',
    "keep this machine's workers on its network, in place of one of their own",
  ).default(false),
  new Option('--go-on <folder>').argParser(outputFolder).hideHelp(),
];
