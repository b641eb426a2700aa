import type { LayersModel } from '@tensorflow/tfjs-layers';
import { UnderstoryError, type BackboneFactory, type NdArrays, type Task } from '@understory/core';
import { namingFile } from '../errors.ts';
import { OWN_NAMES, type NameTable } from '../names/nameTable.ts';
import { backboneTensors } from '../weights/backboneTensors.ts';
import type { Weights } from '../weights/weights.ts';
import { detectorIn, type FoundNetwork } from './detectorIn.ts';
import { taskNames, tasksOf } from './network.ts';
import { pairsOf } from './pairs.ts';
import { slotsOf, type Slot } from './slots.ts';
import { toModel } from './toModel.ts';
import { leftText, withWeights, type BeginOptions } from './withWeights.ts';

type Shape = readonly number[];

/** Layers of a detector whose width goes with the number of classes, and how many classes that is. */
interface Classed {
  readonly weights: readonly string[];
  readonly count: (shapeOf: (weight: string) => Shape | undefined) => number | undefined;
}

const CLASSED: Readonly<Record<string, Classed>> = {
  retinanet: {
    weights: ['head/class/kernel', 'head/class/bias'],
    count: (shapeOf) => {
      const [scores, numbers] = [shapeOf('head/class/bias')?.[0], shapeOf('head/box/bias')?.[0]];
      return scores !== undefined && numbers !== undefined ? scores / (numbers / 4) : undefined;
    },
  },
  'faster-rcnn': {
    weights: ['boxes/score/kernel', 'boxes/score/bias', 'boxes/delta/kernel', 'boxes/delta/bias'],
    count: (shapeOf) => {
      const scores = shapeOf('boxes/score/bias')?.[0];
      return scores === undefined ? undefined : scores - 1; // the background
    },
  },
};

/** How many classes a detector in a file tells apart, and how many one here does. */
const classesOf = (
  task: string,
  { file, prefix }: Pick<FoundNetwork, 'file' | 'prefix'>,
  slots: readonly Slot[],
  names: NameTable,
): readonly [there: number | undefined, here: number | undefined] => {
  const shapes = new Map(slots.map(({ name, shape }) => [name, shape]));
  const inFile = (weight: string): Shape | undefined => {
    const place = names.place(weight)?.name;
    return place === undefined ? undefined : (file as Partial<NdArrays>)[prefix + place]?.shape;
  };
  const count = CLASSED[task]?.count;
  return [count?.(inFile), count?.((weight) => shapes.get(weight))];
};

/** What became of the weights that a task puts on a backbone. */
const begin = (task: string, head: LayersModel, found: FoundNetwork, options: BeginOptions): string => {
  const { code, file, prefix } = found;
  const slots = slotsOf(head);
  if (!tasksOf(code).includes(task) && code !== OWN_NAMES.code)
    return `${task} starts afresh: no names of ${code} are known for it.`;
  const names = taskNames(task, slots, code);
  const [there, here] = classesOf(task, found, slots, names);
  const own = pairsOf(slots, names).filter(({ slot }) => !slot.name.startsWith('fpn/'));
  if (!own.some(({ place }) => Object.hasOwn(file, prefix + place.name)))
    return `${task} starts afresh: the file's network is of another task.`;
  const afresh = there !== here;
  const { rest } = toModel(file, head, names, {
    ...{ prefix, others: true, skip: afresh ? CLASSED[task]!.weights : [] },
    ...(options.leftOut && { leftOut: options.leftOut }),
    cure: cureOf(found),
  });
  const but = `, but for the classes: the file has ${there ?? 'none'}, this run ${here}; they start afresh`;
  const left = rest.filter((name) => found.backbone.elsewhere?.(name));
  return `${task} begins with the file's weights (names of ${code})${afresh ? but : ''}.${leftText(left)}`;
};

const cureOf = ({ backbone: { prefix } }: FoundNetwork): string =>
  'Has the task other options ("variant", "width", "depth", "hidden", "levels") than the file\'s?' +
  (prefix === undefined ? '' : ` With "prefix: ${prefix}" the backbone alone is taken.`);

/** A network of our own whose task had other options: all of the task is drawn. */
const beginOrDraw = (task: string, head: LayersModel, found: FoundNetwork, options: BeginOptions): string => {
  try {
    return begin(task, head, found, options);
  } catch (error) {
    const misfit = error instanceof UnderstoryError && error.code === 'weights-mismatch';
    if (!misfit || found.code !== OWN_NAMES.code) throw error;
    return `${task} starts afresh: the file's has other options. ${error.message}`;
  }
};

const withTaskWeights = (task: Task, found: FoundNetwork, options: BeginOptions): Task => {
  let told = false;
  return {
    ...task,
    begin(head) {
      const line = namingFile(options.file, () => beginOrDraw(task.name, head, found, options));
      if (!told) options.say?.(line);
      told = true;
    },
  };
};

/** A network that is not made yet. */
export interface NetworkParts {
  readonly backbone: BackboneFactory;
  readonly task: Task;
}

/**
 * A network that begins with what a weights file holds of it instead of drawn weights: its backbone (`withWeights`), and of a
 * whole detector, or of a run with the same task, what the task puts on it. What goes with the number of classes is drawn as
 * before where that differs, and all of the task where the file's network is of another one; `say` is told once of each.
 * Errors, when the network is made: `weights-mismatch`, `bad-weights`, `unknown-name`.
 */
export const withNetworkWeights = <T extends NetworkParts>(
  parts: T,
  weights: Pick<Weights, 'tensors' | 'metadata' | 'leftOut'>,
  options: BeginOptions = {},
): T => {
  const { backbone, task } = parts;
  const found = detectorIn(weights, options);
  const known = { leftOut: weights.leftOut, ...options };
  const { elsewhere, ...place } = found?.backbone ?? {};
  // A task without outputs of its own takes nothing of the file's.
  const own = { ...known, ...place, ...(task.outputs && elsewhere && { elsewhere }) };
  return {
    ...parts,
    backbone: withWeights(backbone, backboneTensors(weights), own),
    task: found && task.outputs ? withTaskWeights(task, found, known) : task,
  };
};
