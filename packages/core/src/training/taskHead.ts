import { input, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Backbone } from '../contracts/backbone.ts';
import type { Network, TaskHead } from '../contracts/objective.ts';
import type { Task } from '../contracts/task.ts';
import { UnderstoryError } from '../errors.ts';
import { initialize } from '../layers/initialize.ts';
import { mapNamed, type Named } from '../named.ts';
import type { Seed } from '../random.ts';

/** Name of the output that a backbone's own classifier gives. */
export const LOGITS = 'logits';

const withoutBatch = (symbolic: { readonly shape: readonly (number | null)[] }): number[] =>
  symbolic.shape.slice(1).map((side) => side ?? 0);

/** Inputs of their own for a backbone's features, so that what continues from them is a model by itself. */
const featureInputs = ({ model: { outputs }, taps }: Backbone): SymbolicTensor[] =>
  outputs
    .slice(0, taps.length + 1)
    .map((output, i) => input({ shape: withoutBatch(output), name: `task/${taps[i]?.name ?? 'pooled'}` }));

const mustGive = (task: Task, what: 'outputs' | 'activate', made: Named<SymbolicTensor>): void => {
  if (Object.keys(made).length > 0) return;
  throw new UnderstoryError(
    'task',
    `Task "${task.name}" gives nothing by ${what}(). Give it a name and a layer.`,
  );
};

/** What a task continues a backbone with, its weights drawn; undefined where the backbone's classifier is all. */
export const buildTaskHead = (
  task: Task,
  backbone: Backbone,
  {
    classes,
    size,
    seed,
  }: { readonly classes: number; readonly size: readonly [number, number]; readonly seed: Seed },
): TaskHead | undefined => {
  if (!task.outputs) return undefined;
  const inputs = featureInputs(backbone);
  const taps = Object.fromEntries(backbone.taps.map(({ name }, i) => [name, inputs[i]!]));
  const outputs = task.outputs({ taps, pooled: inputs.at(-1)! }, { classes, size });
  mustGive(task, 'outputs', outputs);
  const made = model({ name: 'task', inputs, outputs: Object.values(outputs) });
  initialize(made, seed, task.rule);
  task.begin?.(made);
  return { model: made, outputs: Object.keys(outputs), inner: task.inner ?? [] };
};

/** Shapes of what a network puts out, by name, without the batch. */
export const outputShapes = ({
  backbone,
  head,
}: Pick<Network, 'backbone' | 'head'>): Named<readonly number[]> => {
  if (!head) return { [LOGITS]: [backbone.classes] };
  return Object.fromEntries(head.outputs.map((name, i) => [name, withoutBatch(head.model.outputs[i]!)]));
};

/** A network's outputs without those that objectives alone look at. */
export const toldOutputs = <T>(outputs: Named<T>, { head }: Pick<Network, 'head'>): Named<T> =>
  Object.fromEntries(Object.entries(outputs).filter(([name]) => !head?.inner.includes(name)));

/** What a model gives for one input or several, as a list. */
export const callAll = (made: LayersModel, x: readonly Tensor[], args: object): Tensor[] =>
  [made.apply(x.length === 1 ? x[0]! : [...x], { ...args }) as Tensor | Tensor[]].flat();

/** What training, export and metrics make of a task's outputs, as a model of its own without weights. */
export interface Activation {
  readonly model: LayersModel;
  /** Of its outputs, in order. */
  readonly names: readonly string[];
  readonly run: (outputs: Named<Tensor>) => Record<string, Tensor>;
}

export const buildActivation = (task: Task, network: Pick<Network, 'backbone' | 'head'>): Activation => {
  const shapes = toldOutputs(outputShapes(network), network);
  const inputs = mapNamed(shapes, (shape, name) => input({ shape: [...shape], name: `task/${name}` }));
  const activated = task.activate(inputs);
  mustGive(task, 'activate', activated);
  const names = Object.keys(activated);
  const made = model({
    name: 'activation',
    inputs: Object.values(inputs),
    outputs: Object.values(activated),
  });
  if (made.weights.length > 0)
    throw new UnderstoryError(
      'task',
      `Task "${task.name}" has layers with weights in activate(). Put them into outputs().`,
    );
  return {
    model: made,
    names,
    run(outputs) {
      const given = Object.keys(shapes).map((name) => outputs[name]!);
      const values = callAll(made, given, { training: false });
      return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
    },
  };
};
