import { checkData } from '../data/checkData.ts';
import { experimentInOrder, sameOrder } from '../data/classOrder.ts';
import { dataFingerprint, type DataFingerprint } from '../data/fingerprint.ts';
import { FIRST_GROUP } from '../data/batches.ts';
import { UnderstoryError } from '../errors.ts';
import { partOf } from '../named.ts';
import { listed } from '../shown.ts';
import {
  readCheckpoint,
  RESUMABLE,
  type Checkpoint,
  type CheckpointStore,
  type Origin,
  type Progress,
  type Resumable,
} from './checkpoint.ts';
import { learnedStream, type Experiment } from '../contracts/experiment.ts';
import { ACCUMULATED } from './optimizerState.ts';
import { checkPace, checkPlace, paceOf } from './pace.ts';

/** What messages call a checkpoint. */
export const checkpointPlace = (store: CheckpointStore, name: Resumable): string =>
  store.describe?.(name) ?? `The checkpoint "${name}"`;

const read = async (store: CheckpointStore, name: Resumable): Promise<Checkpoint | undefined> => {
  const bytes = await store.load(name);
  return bytes && readCheckpoint(bytes, checkpointPlace(store, name));
};

/** Names the checkpoints beside a lost one that are whole, and how to go on from them. */
const wayOut = async (store: CheckpointStore, lost: Resumable): Promise<string> => {
  const sound: string[] = [];
  for (const name of RESUMABLE) {
    if (name === lost) continue;
    const found = await read(store, name).catch(() => undefined);
    if (found) sound.push(`--from ${name} (step ${found.progress.step})`);
  }
  return sound.length > 0
    ? `Go on from another one, with ${sound.join(', or ')}.`
    : 'There is no other checkpoint: put it back, or start a new run without --resume.';
};

const isEmpty = async (store: CheckpointStore): Promise<boolean> => {
  for (const name of RESUMABLE) if (await store.load(name)) return false;
  return true;
};

/** A checkpoint by its name; undefined where the store has none at all. */
const findNamed = async (store: CheckpointStore, from: Resumable): Promise<Checkpoint | undefined> => {
  try {
    const found = await read(store, from);
    if (found) return found;
  } catch (cause) {
    if (!(cause instanceof UnderstoryError)) throw cause;
    throw new UnderstoryError(cause.code, `${cause.message} ${await wayOut(store, from)}`, { cause });
  }
  if (from === 'last' && (await isEmpty(store))) return undefined;
  const place = checkpointPlace(store, from);
  throw new UnderstoryError('checkpoint', `${place} is missing. ${await wayOut(store, from)}`);
};

/**
 * The progress to go on with. The best weights must be there where there was a best epoch. Where they are of a later
 * epoch (the run was killed between two saves, or goes on from an older checkpoint), that of the epoch before are gone:
 * the next epoch is the best so far, as it was then.
 */
const withBest = async (store: CheckpointStore, progress: Progress): Promise<Progress> => {
  const { bestEpoch } = progress;
  if (bestEpoch < 0) return progress;
  const cure = 'Put it back, or start a new run without --resume.';
  const place = checkpointPlace(store, 'best');
  const best = await read(store, 'best').catch((cause: unknown) => {
    if (!(cause instanceof UnderstoryError)) throw cause;
    throw new UnderstoryError(cause.code, `${cause.message} It holds the run's best weights. ${cure}`, {
      cause,
    });
  });
  if (!best || best.progress.bestEpoch < bestEpoch) {
    const what = best ? `is of epoch ${best.progress.bestEpoch + 1}` : 'is missing';
    const why = `epoch ${bestEpoch + 1} was the best so far, and its weights were kept there`;
    throw new UnderstoryError('checkpoint', `${place} ${what}: ${why}. ${cure}`);
  }
  return best.progress.bestEpoch > bestEpoch ? { ...progress, bestValue: null } : progress;
};

/**
 * The checkpoint to go on from, and the progress to go on with; undefined where the store has none at all.
 * Errors: `damaged`, `checkpoint`, which name the file and the way out.
 */
export const findCheckpoint = async (
  store: CheckpointStore,
  from: Resumable,
): Promise<Checkpoint | undefined> => {
  const found = await findNamed(store, from);
  return found && { ...found, progress: await withBest(store, found.progress) };
};

/**
 * The progress of a run that goes on. Where the run had ended within a group of accumulated steps, these made an update of
 * their own: nothing is left of them, and groups are counted from there.
 */
export const regrouped = ({ accumulate = 1 }: Experiment, { tensors, progress }: Checkpoint): Progress => {
  const { step, groups: { step: first, updates } = FIRST_GROUP } = progress;
  const sums = Object.values(partOf(tensors, `optimizer/${ACCUMULATED}`));
  if ((step - first) % accumulate === 0 || sums.some(({ data }) => data.some((x) => x !== 0)))
    return progress;
  return { ...progress, groups: { step, updates: updates + Math.ceil((step - first) / accumulate) } };
};

/** An experiment that goes on, on data whose classes stand in the run's order. */
export interface Fitted {
  readonly experiment: Experiment;
  readonly origin: Origin;
  /** What differs from the data that the run began with, in words. */
  readonly changed: readonly string[];
}

/** What a run that begins must find again when it goes on. */
export const originOf = async (experiment: Experiment): Promise<Origin> => ({
  pace: paceOf(experiment),
  data: await dataFingerprint(experiment.dataset, experiment.streams),
});

/** Errors: `resume` where images are drawn by the numbers of their classes, and these are others. */
const checkClassOrder = ({ classes }: DataFingerprint, experiment: Experiment): void => {
  const { dataset, sampler } = experiment;
  const isPart = learnedStream(experiment).samples.length < dataset.train.length;
  const isMoved =
    !sameOrder(dataset.classes, classes) && sameOrder([...dataset.classes].sort(), [...classes].sort());
  if (!isMoved || (sampler === undefined && !isPart)) return;
  const what = sampler ? 'its sampler draws images' : 'the images whose labels are learned were drawn';
  throw new UnderstoryError(
    'resume',
    `The classes stand in another order than in the run, and ${what} by the numbers of their classes: others would be seen. ` +
      `Put them in the run's order: ${listed(classes, 120)}.`,
  );
};

/** Whether a checkpoint is of this experiment's run. Errors: `resume`, `data-changed`, which name what differs. */
export const fitTo = async (
  { origin: before, progress }: Checkpoint,
  experiment: Experiment,
): Promise<Fitted> => {
  const now = await originOf(experiment);
  if (before) checkClassOrder(before.data, experiment);
  const changed = before ? checkData(before.data, now.data, experiment.selectOn) : [];
  if (before) checkPace(before.pace, now.pace);
  checkPlace(experiment, progress);
  const ordered = before ? experimentInOrder(experiment, before.data.classes) : experiment;
  const origin = ordered === experiment ? now : await originOf(ordered);
  return { experiment: ordered, origin, changed };
};
