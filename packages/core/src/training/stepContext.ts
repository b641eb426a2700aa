import { slice, type Scalar, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { CallArgs, Forward, Select, StepContext, Stream } from '../contracts/objective.ts';
import { UnderstoryError } from '../errors.ts';
import { inputName } from '../data/batches.ts';
import type { Experiment } from './experiment.ts';

type Inputs = Readonly<Record<string, Tensor>>;

/** Row ranges of a stacked batch, by stream and view. */
export const selector = (streams: readonly Stream[]): StepContext['rows'] => {
  const start = new Map<string, number>();
  let row = 0;
  for (const { name, batch, views } of streams) {
    start.set(name, row);
    row += batch * views;
  }
  return <T extends Tensor>(stacked: T, { stream = streams[0]!.name, view }: Select = {}): T => {
    const source = streams.find((s) => s.name === stream);
    if (!source) {
      const known = streams.map((s) => s.name).join(', ');
      throw new UnderstoryError(
        'unknown-stream',
        `No stream named "${stream}" in this step. Known: ${known}.`,
      );
    }
    const first = start.get(stream)! + (view ?? 0) * source.batch;
    const count = view === undefined ? source.views * source.batch : source.batch;
    if (first === 0 && count === stacked.shape[0]) return stacked;
    const rest = stacked.shape.slice(1);
    return slice(stacked, [first, ...rest.map(() => 0)], [count, ...rest]);
  };
};

/** What objectives see of a step; batch sizes are those of the inputs at hand. */
export const stepContext = (
  experiment: Experiment,
  inputs: Inputs,
  call: CallArgs,
  seen: Forward,
): Omit<StepContext, 'fed'> => {
  const streams = experiment.streams.map(({ name, views, labelled }): Stream => {
    const batch = inputs[inputName.labels(name)]!.shape[0];
    return { name, batch, views: views.length, labelled };
  });
  const first = streams[0]!.name;
  return {
    ...seen,
    streams,
    call,
    rows: selector(streams),
    labels: (stream = first) => inputs[inputName.labels(stream)] as Tensor1D,
    positions: (stream = first) => inputs[inputName.positions(stream)] as Tensor1D,
    epoch: inputs['epoch'] as Scalar,
    step: inputs['step'] as Scalar,
  };
};
