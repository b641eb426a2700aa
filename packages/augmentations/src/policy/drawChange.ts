import type { Rng } from '@understory/core';
import { chance } from '../draw.ts';
import { magnitudeOf, OPERATIONS, type Change, type OperationName, type Strength } from './operations.ts';

/** An operation at a part of its strength, its sign drawn where it has one. */
export const drawChange = (
  rng: Rng,
  [name, part]: readonly [OperationName, number],
  strength: Strength,
  size: readonly [number, number],
): Change => {
  const { magnitude, signed } = magnitudeOf(name, part, strength, size);
  const sign = signed && chance(rng, 0.5) === 1 ? -1 : 1;
  return OPERATIONS[name](sign * magnitude, size);
};

/** Any of a list, equally often. */
export const drawOne = <T>(rng: Rng, list: readonly T[]): T => list[rng.integer(0, list.length - 1)]!;
