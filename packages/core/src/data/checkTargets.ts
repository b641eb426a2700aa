import type { NdArray, NdArrays } from '../contracts/arrays.ts';
import type { Samples, TargetSpec } from '../contracts/dataset.ts';
import { UnderstoryError } from '../errors.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { turns } from '../turn.ts';
import { isSpatial } from './view.ts';

/** What targets are of: which images, for messages, and the classes that they may name. */
export interface TargetPlace {
  readonly where: string;
  readonly classes: readonly string[];
  /** Position of each row in its samples. */
  readonly positions: ArrayLike<number>;
  readonly samples: Pick<Samples, 'describe'>;
}

const refuse = (code: string, message: string): never => {
  throw new UnderstoryError(code, message);
};

/** Whether a number of a target may be. */
const mayBe = ({ kind, outside = -1 }: TargetSpec, classes: number): ((value: number) => boolean) => {
  const isClass = (value: number): boolean => value >= 0 && value < classes;
  if (kind === 'class') return isClass;
  if (kind === 'labels') return (value) => value === 0 || value === 1;
  return kind === 'map' ? (value) => isClass(value) || value === outside : Number.isFinite;
};

/** What is wrong with a number of a target that may not be. */
const faultOf = (value: number, { kind, outside = -1 }: TargetSpec, classes: number): string => {
  const known = `the dataset has ${classes} classes, so labels go from 0 to ${classes - 1}`;
  if (kind === 'class') return `has label ${value}; ${known}.`;
  if (kind === 'labels') return `has ${value} for a label; expected 0 or 1.`;
  if (kind === 'map') return `has ${value} in its map; ${known}, and ${outside} is none.`;
  return `has ${value}; expected finite numbers.`;
};

const rowLength = (array: NdArray): number => array.shape.slice(1).reduce((a, b) => a * b, 1);

/** Throws `bad-label` at the first number of a target that cannot be, `bad-shape` where rows are not as they were said to be. */
export const checkValues = (name: string, spec: TargetSpec, array: NdArray, place: TargetPlace): void => {
  const { where, positions, samples, classes } = place;
  const expected = [positions.length, ...spec.shape];
  if (array.shape.join() !== expected.join() || array.dtype !== spec.dtype) {
    const what = `"${name}" is ${array.dtype} [${array.shape.join(', ')}]`;
    refuse('bad-shape', `${where}: ${what}, and was said to be ${spec.dtype} [${expected.join(', ')}].`);
  }
  const { data } = array;
  const sound = mayBe(spec, classes.length);
  // A plain loop: a batch of maps has ten million numbers.
  for (let i = 0; i < data.length; i++) {
    if (sound(data[i]!)) continue;
    const position = positions[Math.floor(i / rowLength(array))]!;
    const fault = faultOf(data[i]!, spec, classes.length);
    refuse('bad-label', `${where}: image ${position} ("${samples.describe(position)}") ${fault}`);
  }
};

/** Throws as `checkValues` does, for all targets of a batch. */
export const checkBatch = (targets: NdArrays, specs: Samples['targets'], place: TargetPlace): void => {
  for (const [name, spec] of Object.entries(specs)) {
    const array = targets[name];
    if (!array)
      refuse(
        'no-target',
        `${place.where}: the target "${name}" was not given. Known: ${Object.keys(targets).join(', ')}.`,
      );
    else checkValues(name, spec, array, place);
  }
};

/** Targets at positions. Maps and boxes are looked at here, since they are not all in memory before the first step. */
export const checkedTargets = async (
  samples: Samples,
  positions: ArrayLike<number>,
  { where, classes }: Pick<TargetPlace, 'where' | 'classes'>,
): Promise<NdArrays> => {
  const targets = await samples.readTargets(positions);
  if (Object.values(samples.targets).some(({ kind }) => isSpatial(kind)))
    checkBatch(targets, samples.targets, { where, classes, positions, samples });
  return targets;
};

/** Targets that lie in memory are all looked at before the first step; of maps and boxes, some, and the rest as they are read. */
const LOOKED_AT = 64;
const AT_ONCE = 512;

const checkAll = async (where: string, samples: Samples, classes: readonly string[]): Promise<void> => {
  const { groups, length, targets } = samples;
  if (groups && groups.length !== length)
    refuse(
      'bad-label',
      `${where}: labels [${groups.length}] for ${length} images do not fit. Give one each.`,
    );
  const spatial = Object.values(targets).some(({ kind }) => isSpatial(kind));
  const end = spatial ? Math.min(length, LOOKED_AT) : length;
  const turn = turns();
  for (let from = 0; from < end; from += AT_ONCE) {
    const positions = Int32Array.from({ length: Math.min(AT_ONCE, end - from) }, (_, i) => from + i);
    checkBatch(await samples.readTargets(positions), targets, { where, classes, positions, samples });
    await turn();
  }
};

const needed = ({ task }: Pick<Experiment, 'task'>, where: string, { targets }: Samples): void => {
  for (const [name, kind] of Object.entries(task.targets)) {
    if (targets[name]?.kind === kind) continue;
    const known = Object.entries(targets).map(([other, spec]) => `${other} (${spec.kind})`);
    const has = known.length > 0 ? `They have ${known.join(', ')}.` : 'They have none.';
    refuse(
      'no-target',
      `${where}: task "${task.name}" needs a target "${name}" of the kind "${kind}". ${has} ` +
        'Choose another "task", or a dataset that has it.',
    );
  }
};

/**
 * Throws `no-target`, `bad-label` or `bad-shape` unless every image that is learned from or measured on has what the task
 * needs, within its range. A step that is compiled looks at no values, so this is the place; streams that use no labels
 * are not looked at.
 */
export const checkTargets = async (
  experiment: Pick<Experiment, 'dataset' | 'streams' | 'task'>,
): Promise<void> => {
  const { dataset, streams } = experiment;
  const all: [where: string, samples: Samples][] = [
    ...streams.flatMap(({ name, samples, labelled }): [string, Samples][] =>
      labelled ? [[`Labels of the stream "${name}"`, samples]] : [],
    ),
    ...(['validation', 'test'] as const).map((split): [string, Samples] => [
      `Labels of ${split} images`,
      dataset[split],
    ]),
  ];
  for (const [where, samples] of all) {
    if (samples.length === 0) continue;
    needed(experiment, where, samples);
    await checkAll(where, samples, dataset.classes);
  }
  experiment.task.check?.(dataset);
};
