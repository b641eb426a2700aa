import { checkConfig, locateWith, putValue, type ExperimentConfig, type Override } from '@understory/config';
import type { CheckedConfig } from '@understory/config/node';
import { readSpec, seedOf, shown } from '@understory/core';
import { sameSettings } from '../run/settings.ts';
import { settledConfig, SettledSpec } from '../resume/settled.ts';
import {
  drawPoint,
  endsOf,
  gridPoint,
  isListed,
  sizeOf,
  type Dimension,
  type Point,
  type Space,
} from './space.ts';

/** A config that is swept, and what it is called in messages. */
export interface SweptConfig extends CheckedConfig {
  readonly file: string;
}

/** The config of a trial. Throws `config`, with key, value and what is expected, where the values mean nothing there. */
export const trialConfig = (
  { config, registry, locate, file }: SweptConfig,
  space: Space,
  point: Point,
): ExperimentConfig => {
  const changed: ExperimentConfig = structuredClone(config);
  const made = space.map(({ key }): Override => {
    const value = point[key];
    return putValue(changed, key, structuredClone(value), `--over ${key}=${shown(value)}`);
  });
  return checkConfig(changed, registry, locateWith(file, locate, made));
};

/** Combinations that are looked at before the first trial, at most; of more, each value by itself and so many at random. */
const LOOKED_AT = 500;

/** Combinations whose values are the ends of ranges, and all that are listed. */
const outermost = (space: Space): Point[] => {
  const ends = endsOf(space);
  const size = sizeOf(ends);
  if (size <= LOOKED_AT) return Array.from({ length: size }, (_, i) => gridPoint(ends, i));
  const first = gridPoint(ends, 0);
  const alone = ends.flatMap(({ key, values }) => values.map((value): Point => ({ ...first, [key]: value })));
  const rng = seedOf(0).at('sweep').rng();
  return [...alone, ...Array.from({ length: LOOKED_AT }, () => drawPoint(ends, rng))];
};

/** Looks at the combinations that trials may have, before anything is trained. Throws what `trialConfig` does. */
export const checkSpace = (swept: SweptConfig, space: Space): void => {
  for (const point of outermost(space)) trialConfig(swept, space, point);
};

/** One key further down, through options of plugins. */
const inside = (value: unknown, key: string): unknown => {
  if (value instanceof SettledSpec) return inside(value.options, key);
  const [, options] = Array.isArray(value) && !/^\d+$/.test(key) ? (readSpec(value) ?? []) : [];
  const holder: unknown = options ?? value;
  return typeof holder === 'object' && holder !== null && Object.hasOwn(holder, key)
    ? (holder as Readonly<Record<string, unknown>>)[key]
    : undefined;
};

const valueIn = (config: object, key: string): unknown => key.split('.').reduce<unknown>(inside, config);

const admits = (dimension: Dimension, value: unknown): boolean => {
  if (isListed(dimension)) return dimension.values.some((one) => sameSettings(one, value));
  const { from, to, whole } = dimension;
  return typeof value === 'number' && value >= from && value <= to && (!whole || Number.isInteger(value));
};

/** The values that a config has by itself; undefined where the space does not hold them. */
export const ownPoint = ({ config, registry }: SweptConfig, space: Space): Point | undefined => {
  const settled = settledConfig(registry, config);
  const found = space.map((dimension) => {
    const said = [valueIn(config, dimension.key), valueIn(settled, dimension.key)];
    return [dimension.key, said.find((value) => value !== undefined && admits(dimension, value))] as const;
  });
  return found.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(found);
};
