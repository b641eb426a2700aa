import { concat, slice, type Scalar, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { CallArgs, Forward, Select, StepContext, Stream } from '../contracts/objective.ts';
import { alone, type Workers } from '../contracts/workers.ts';
import { UnderstoryError } from '../errors.ts';
import type { Named } from '../named.ts';
import { inputName } from '../data/batches.ts';
import type { Experiment } from '../contracts/experiment.ts';

type Inputs = Readonly<Record<string, Tensor>>;

/** A step's stream by its name. Errors: `unknown-stream`, with the names that there are. */
export const streamNamed = (streams: readonly Stream[], name: string): Stream => {
  const found = streams.find((stream) => stream.name === name);
  if (found) return found;
  throw new UnderstoryError(
    'unknown-stream',
    `No stream named "${name}" in this step. Known: ${streams.map((s) => s.name).join(', ')}.`,
  );
};

/** Row ranges of a stacked batch, by stream and view. */
export const selector = (streams: readonly Stream[]): StepContext['rows'] => {
  const start = new Map<string, number>();
  let row = 0;
  for (const { name, batch, views } of streams) {
    start.set(name, row);
    row += batch * views;
  }
  return <T extends Tensor>(stacked: T, { stream = streams[0]!.name, view }: Select = {}): T => {
    const source = streamNamed(streams, stream);
    const first = start.get(stream)! + (view ?? 0) * source.batch;
    const count = view === undefined ? source.views * source.batch : source.batch;
    if (first === 0 && count === stacked.shape[0]) return stacked;
    const rest = stacked.shape.slice(1);
    return slice(stacked, [first, ...rest.map(() => 0)], [count, ...rest]);
  };
};

/** What is known of a step's rows: by stream, view and name. */
export type StepTargets = Named<readonly Named<Tensor>[]>;

/** Finds targets as `rows` finds rows. */
export const targetFinder =
  (streams: readonly Stream[], targets: StepTargets): StepContext['target'] =>
  (name, { stream = streams[0]!.name, view } = {}) => {
    const views = targets[stream] ?? [];
    const chosen = view === undefined ? views : views.slice(view, view + 1);
    const found = chosen.flatMap((known) => known[name] ?? []);
    if (found.length > 0 && found.length === chosen.length)
      return found.length > 1 ? concat(found) : found[0]!;
    const known = Object.keys(views[0] ?? {});
    const has = known.length > 0 ? `It has ${known.join(', ')}.` : 'It has none: its images are unlabelled.';
    throw new UnderstoryError('no-target', `The stream "${stream}" has no target "${name}". ${has}`);
  };

/** What objectives see of a step, of this worker's rows; batch sizes are those of the inputs at hand. */
export const stepContext = (
  experiment: Experiment,
  {
    inputs,
    targets,
    workers = alone,
  }: { readonly inputs: Inputs; readonly targets: StepTargets; readonly workers?: Workers },
  call: CallArgs,
  seen: Forward,
): Omit<StepContext, 'fed'> => {
  const streams = experiment.streams.map(({ name, views, labelled }): Stream => {
    const batch = inputs[inputName.positions(name)]!.shape[0];
    return { name, batch, views: views.length, labelled };
  });
  const first = streams[0]!.name;
  const { updates, apply: applies } = inputs;
  return {
    ...seen,
    ...{ streams, call, workers },
    rows: selector(streams),
    target: targetFinder(streams, targets),
    positions: (stream = first) => inputs[inputName.positions(stream)] as Tensor1D,
    epoch: inputs['epoch'] as Scalar,
    step: inputs['step'] as Scalar,
    ...(updates && applies && { grouped: { updates: updates as Scalar, applies } }),
  };
};
