import { float32, seedOf, type Named, type NdArray, type Task } from '@understory/core';
import { tinyBackbone } from '@understory/core/testing';
import { model as modelOf, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { tidy, zeros } from '@tensorflow/tfjs-core';
import { check, requireThat, type ChecksOfKind } from '../check.ts';

const KINDS: readonly string[] = ['class', 'labels', 'map', 'boxes'];
const CLASSES = ['a', 'b', 'c'];
const SIZE = [16, 16] as const;

/** What the task makes of a black image, by name and without the batch. */
const outputsOf = (task: Task): Named<NdArray> => {
  const read = tidy(() => {
    const { model, taps } = tinyBackbone({ classes: CLASSES.length, size: SIZE[0], seed: seedOf(1).value });
    const [pooled, logits] = model.outputs.slice(taps.length) as [SymbolicTensor, SymbolicTensor];
    const maps = Object.fromEntries(taps.map(({ name }, i) => [name, model.outputs[i] as SymbolicTensor]));
    const request = { classes: CLASSES.length, size: SIZE };
    const outputs = task.outputs?.({ taps: maps, pooled }, request) ?? { logits };
    const all = { ...outputs, ...task.activate(outputs) };
    const whole = modelOf({ inputs: model.inputs, outputs: Object.values(all) });
    const made = whole.predict(zeros([1, ...SIZE, 3]));
    const tensors = Array.isArray(made) ? made : [made];
    return Object.keys(all).map((name, i) => {
      const { shape = [] } = tensors[i] ?? {};
      return { name, shape, data: Float32Array.from(tensors[i]?.dataSync() ?? []) };
    });
  });
  return Object.fromEntries(read.map(({ name, shape, data }) => [name, float32(data, shape.slice(1))]));
};

/** `TASK`: what is learned of an image. */
export const taskChecks: ChecksOfKind<Task> = (make) => [
  check('makes of an image something that it can read', () => {
    const task = make();
    const { kind } = task.decode(outputsOf(task), { classes: CLASSES, size: SIZE });
    requireThat(KINDS.includes(kind), `a prediction of the kind "${kind}"; there are ${KINDS.join(', ')}`);
  }),
  check('names objectives and metrics for configs that name none', () => {
    const { objectives, metrics, name } = make();
    requireThat(
      objectives.length > 0 && metrics.length > 0,
      `${name} has no objectives or no metrics of its own`,
    );
  }),
];
