import { availableParallelism } from 'node:os';
import type { ExperimentConfig } from '@understory/config';
import type { CheckedConfig } from '@understory/config/node';
import { checkShares, UnderstoryError } from '@understory/core';
import type { Cluster } from '@understory/engine';
import {
  hasOwnNetwork,
  inOwnNetwork,
  launcherOf,
  launchWorkers,
  LOST,
  readTfConfig,
  requireTrust,
  type Launcher,
  type LaunchRequest,
} from '@understory/runs';
import type { MeasuringOptions, WorkerOptions } from '../arguments/workers.ts';
import { failureOf } from '../failure.ts';
import { SIGNALS } from '../interrupt.ts';
import { say } from '../output/voice.ts';

type Opened = Pick<CheckedConfig, 'config' | 'open'>;

/** A worker's place among the others, and who launched it. */
export interface WorkerPlace {
  readonly rank: number;
  /** Absent where no other worker is left. */
  readonly cluster?: Cluster;
  readonly launcher?: Launcher;
}

/** Seconds that a step of one worker may last longer than that of another, where somebody watches both. */
const SLOW = 120;

const usage = (text: string): never => {
  throw new UnderstoryError('usage', text);
};

/** What TF_CONFIG says of this process; undefined where it trains alone. Errors: `tf-config`, `cluster`, `trust-network`, `usage`. */
export const workerPlace = (options: MeasuringOptions): WorkerPlace | undefined => {
  const text = process.env['TF_CONFIG'];
  if (text === undefined) return undefined;
  const found = readTfConfig(text);
  const launcher = launcherOf();
  const size = found.addresses.length;
  if (size === 1 && !launcher) return undefined;
  requireTrust(found, options.trustNetwork);
  const { workers = size, workerTimeout, startTimeout: startPatience } = options;
  if (!launcher && workers !== size)
    usage(`--workers is ${workers}, and TF_CONFIG names ${size}. Leave --workers out, or unset TF_CONFIG.`);
  // Who launched it notices a frozen worker; a sum waits longer then, for one that is slow.
  const patience = launcher ? Math.max(SLOW, 2 * workerTimeout) : workerTimeout;
  const shared = launcher?.shared !== undefined && { shared: launcher.shared };
  return {
    rank: found.rank,
    ...(size > 1 && { cluster: { ...found, patience, startPatience, ...shared } }),
    ...(launcher && { launcher }),
  };
};

/** Batches of a config, as its streams will have them. */
const batchesOf = ({ batch, unlabelled }: ExperimentConfig) => ({
  streams: [
    { name: 'train', batch },
    ...(unlabelled && unlabelled.batch > 0 ? [{ name: 'unlabelled', batch: unlabelled.batch }] : []),
  ],
});

/** Whether the data chooses the batch: then it is checked when they are open. */
const isOpen = ({ open }: Opened): boolean => open.some((key) => key === 'batch');

const divides = (config: ExperimentConfig, size: number): boolean => {
  try {
    checkShares(batchesOf(config), { size });
    return true;
  } catch {
    return false;
  }
};

/** Fewer workers than there are, as many as are allowed, most first. */
const fewerOf = (opened: Opened, workers: number, least = workers): number[] =>
  Array.from({ length: workers - least }, (_, i) => workers - 1 - i).filter(
    (size) => isOpen(opened) || divides(opened.config, size),
  );

const threadsEach = (
  { engine: { threads } }: { readonly engine: Pick<ExperimentConfig['engine'], 'threads'> },
  workers: number,
): number => (threads > 0 ? threads : Math.max(1, Math.floor(availableParallelism() / workers)));

/** What a worker runs: this command, which finds its place in TF_CONFIG. */
const ownCommand = (): string[] => process.argv.slice(1);

interface Here
  extends
    Pick<WorkerOptions, 'restarts' | 'workerTimeout' | 'shareNetwork'>,
    Pick<LaunchRequest, 'workers' | 'fewer' | 'threads'> {}

/** Runs this command by several processes, in a network of their own where the system allows it. */
const launchHere = async ({ shareNetwork, workerTimeout: bound, ...request }: Here): Promise<number> => {
  if (!shareNetwork && !hasOwnNetwork()) {
    const code = await inOwnNetwork(SIGNALS);
    if (code !== undefined) return code;
    say(
      'The system gives workers no network of their own: others on this machine’s network can reach their ports.',
    );
  }
  const { workers, fewer, threads, restarts } = request;
  return launchWorkers({
    ...{ workers, fewer, threads, restarts, bound, say },
    command: ownCommand(),
    goOn: (folder) => [...ownCommand(), '--go-on', folder],
    onStop: (stop) => SIGNALS.forEach((name) => process.on(name, stop)),
  });
};

/** Trains by several processes of this machine, and gives the exit code. */
export const launch = async (opened: Opened, options: WorkerOptions): Promise<number> => {
  const { config } = opened;
  const { workers = 1, minWorkers } = options;
  if (minWorkers !== undefined && minWorkers > workers)
    usage(`--min-workers is ${minWorkers}, and there are ${workers} workers. Give at most as many.`);
  if (!isOpen(opened)) checkShares(batchesOf(config), { size: workers });
  const fewer = fewerOf(opened, workers, minWorkers);
  return launchHere({ ...options, workers, fewer, threads: threadsEach(config, workers) });
};

/** Measures by several processes of this machine, and gives the exit code. */
export const launchEvaluation = (options: MeasuringOptions): Promise<number> => {
  const { workers = 1 } = options;
  const threads = threadsEach({ engine: { threads: 0 } }, workers);
  return launchHere({ ...options, workers, fewer: [], threads });
};

/** Ends this process, which is done with its part of a run: TensorFlow's server would keep it. */
export const endDone = ({ launcher }: WorkerPlace): never => {
  launcher?.tell({ done: true });
  process.exit();
};

/** Ends a launched worker that failed: it says why to who launched it, and the first one also to the terminal. */
export const endWorker = (
  { rank, launcher }: WorkerPlace,
  error: unknown,
  doing = 'understory train',
): never => {
  const lost = error instanceof UnderstoryError && error.code === 'worker-lost';
  if (!launcher || (rank === 0 && !lost)) throw error;
  const { text, code } = failureOf(error, doing);
  launcher.tell({ failed: rank === 0 ? text : `Worker ${rank}: ${text}` });
  process.exit(lost ? LOST : code);
};
