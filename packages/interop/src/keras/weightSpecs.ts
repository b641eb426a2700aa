import { isCount, isObject } from '@understory/core';
import type { io } from '@tensorflow/tfjs-core';

export type WeightSpec = io.WeightsManifestEntry;

/** Files of weights, as a model.json lists them. */
export interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightSpec[];
}

/** Bytes of a number by its type. */
const WIDTHS: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

const isQuantization = (value: unknown): boolean =>
  value === undefined ||
  (isObject(value) &&
    (value['dtype'] === 'float16' ||
      ((value['dtype'] === 'uint8' || value['dtype'] === 'uint16') &&
        typeof value['min'] === 'number' &&
        typeof value['scale'] === 'number')));

const isSpec = (value: unknown): value is WeightSpec =>
  isObject(value) &&
  typeof value['name'] === 'string' &&
  Array.isArray(value['shape']) &&
  value['shape'].every(isCount) &&
  ['float32', 'int32', 'bool'].includes(String(value['dtype'])) &&
  isQuantization(value['quantization']);

/** The files and weights that a model.json lists; undefined where its list is none. */
export const weightGroups = (manifest: unknown): WeightGroup[] | undefined => {
  if (!Array.isArray(manifest)) return undefined;
  const isGroup = (group: unknown): group is WeightGroup =>
    isObject(group) &&
    Array.isArray(group['paths']) &&
    group['paths'].every((name) => typeof name === 'string') &&
    Array.isArray(group['weights']) &&
    group['weights'].every(isSpec);
  return manifest.every(isGroup) ? manifest : undefined;
};

/** Bytes that weights take in their files. */
export const bytesOf = (specs: readonly WeightSpec[]): number =>
  specs.reduce((sum, { shape, dtype, quantization }) => {
    const width = WIDTHS[quantization?.dtype ?? dtype] ?? 4;
    return sum + shape.reduce((a, b) => a * b, width);
  }, 0);

/** The longest side of any weight. */
export const longestSide = (specs: readonly WeightSpec[]): number =>
  specs.reduce((most, { shape }) => shape.reduce((a, b) => Math.max(a, b), most), 1);
