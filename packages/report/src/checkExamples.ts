import type { NdArray, Prediction, TargetSpec } from '@understory/core';
import { checkPicture } from './checkPicture.ts';
import type { Example, Examples, ReportMethod } from './input.ts';
import { refuse } from './refuse.ts';

/** What a kind's shape must be, in words; undefined where it is as it should be. */
const shapeFault = ({ kind, shape }: TargetSpec, classes: number): string | undefined => {
  if (kind === 'class') return shape.length === 0 ? undefined : 'a single class []';
  if (kind === 'labels')
    return shape.length === 1 && shape[0] === classes ? undefined : `one number a class [${classes}]`;
  if (kind === 'map') return shape.length === 2 ? undefined : 'a class a pixel [h, w]';
  if (kind === 'boxes')
    return shape.length === 2 && shape[1]! >= 4 ? undefined : 'four numbers a box, or more [m, 4]';
  return undefined;
};

const checkTarget = (
  array: NdArray | undefined,
  name: string,
  { shape }: TargetSpec,
  where: string,
): void => {
  const length = shape.reduce((a, b) => a * b, 1);
  if (array && array.data.length === length && array.shape.join() === shape.join()) return;
  const is = array ? `is [${array.shape.join(', ')}] with ${array.data.length} values` : 'is missing';
  refuse(`the target "${name}" of ${where} ${is}; it wants [${shape.join(', ')}]`);
};

const checkExample = (
  { picture, targets: given }: Example,
  targets: Examples['targets'],
  where: string,
): void => {
  checkPicture(picture, `the picture of ${where}`);
  for (const [name, spec] of Object.entries(targets))
    checkTarget(Object.hasOwn(given, name) ? given[name] : undefined, name, spec, where);
};

/** Refuses examples whose targets are not as they are said to be. */
export const checkExamples = ({ targets, images }: Examples, classes: number): void => {
  for (const [name, spec] of Object.entries(targets)) {
    const fault = shapeFault(spec, classes);
    if (fault !== undefined)
      refuse(`the target "${name}" (${spec.kind}) has shape [${spec.shape.join(', ')}]; it wants ${fault}`);
  }
  images.forEach((example, i) => checkExample(example, targets, `example ${i}`));
};

const checkPrediction = (prediction: Prediction | undefined, where: string): void => {
  if (prediction?.kind !== 'map') return;
  const { size, map } = prediction;
  if (size[0] > 0 && size[1] > 0 && map.length === size[0] * size[1]) return;
  refuse(`the map of ${where} is [${size.join(', ')}] with ${map.length} values`);
};

/** Refuses predictions that are not one an example. */
export const checkSaid = ({ label, examples: said }: ReportMethod, examples: Examples | undefined): void => {
  if (!said) return;
  const images = examples?.images.length ?? 0;
  if (said.length !== images)
    refuse(`"${label}" says something of ${said.length} examples; there are ${images}`);
  said.forEach((prediction, i) => checkPrediction(prediction, `"${label}" for example ${i}`));
};
