import { roundEven } from '@understory/core';
import { invertLevel, posterizeLevel, solarizeLevel } from '../pixels/levels.ts';
import { rotationMatrix, shearMatrix, translationMatrix, type Matrix } from '../pixels/warp.ts';

type Size = readonly [number, number];

/** What one image does in one slot of a policy: at most one of these, or nothing. */
export interface Change {
  readonly matrix?: Matrix;
  /** What the image is moved away from, and by which factor; 1 changes nothing. */
  readonly blend?: readonly [degenerate: 'black' | 'grey' | 'mean' | 'smooth', factor: number];
  /** What each level becomes. */
  readonly level?: (level: number) => number;
  /** A table made from the image's own levels. */
  readonly adapt?: 'stretch' | 'equalize';
}

/** What the operations of learned and random policies do at a magnitude (in an operation's own unit). */
export const OPERATIONS = {
  identity: (): Change => ({}),
  'shear-x': (m: number): Change => ({ matrix: shearMatrix(m, 0) }),
  'shear-y': (m: number): Change => ({ matrix: shearMatrix(0, m) }),
  'translate-x': (m: number): Change => ({ matrix: translationMatrix(Math.trunc(m), 0) }),
  'translate-y': (m: number): Change => ({ matrix: translationMatrix(0, Math.trunc(m)) }),
  rotate: (m: number, size: Size): Change => ({ matrix: rotationMatrix(m, size) }),
  brightness: (m: number): Change => ({ blend: ['black', 1 + m] }),
  color: (m: number): Change => ({ blend: ['grey', 1 + m] }),
  contrast: (m: number): Change => ({ blend: ['mean', 1 + m] }),
  sharpness: (m: number): Change => ({ blend: ['smooth', 1 + m] }),
  posterize: (m: number): Change => ({ level: posterizeLevel(m) }),
  solarize: (m: number): Change => ({ level: solarizeLevel(m) }),
  autocontrast: (): Change => ({ adapt: 'stretch' }),
  equalize: (): Change => ({ adapt: 'equalize' }),
  invert: (): Change => ({ level: invertLevel }),
} satisfies Record<string, (magnitude: number, size: Size) => Change>;

export type OperationName = keyof typeof OPERATIONS;

/** How strong operations are at the highest level; they grow linearly from nothing. */
export interface Strength {
  /** Pixels a row. */
  readonly shear: number;
  /** Pixels, for a side of the image. */
  readonly translate: (side: number) => number;
  /** Degrees. */
  readonly rotate: number;
  /** Difference of the factor from 1. */
  readonly enhance: number;
  /** Bits that are lost. */
  readonly posterize: number;
}

/** AutoAugment and RandAugment. */
export const STANDARD: Strength = {
  shear: 0.3,
  translate: (side) => (150 / 331) * side,
  rotate: 30,
  enhance: 0.9,
  posterize: 4,
};

/** TrivialAugment's wide space. */
export const WIDE: Strength = { shear: 0.99, translate: () => 32, rotate: 135, enhance: 0.99, posterize: 6 };

/** Without the last digits, in which rounding would decide: 170 of 170.00000000000003, which is a threshold. */
const neat = (magnitude: number): number => Number(magnitude.toPrecision(12));

/** Magnitude of an operation at `part` (0…1) of its strength, and whether its sign is drawn. */
export const magnitudeOf = (
  name: OperationName,
  part: number,
  strength: Strength,
  [height, width]: Size,
): { readonly magnitude: number; readonly signed: boolean } => {
  const signed = (most: number) => ({ magnitude: most * part, signed: true });
  const pixels = (most: number) => ({ magnitude: neat(most * part), signed: true }); // cut to whole ones
  switch (name) {
    case 'shear-x':
    case 'shear-y':
      return signed(strength.shear);
    case 'translate-x':
      return pixels(strength.translate(width));
    case 'translate-y':
      return pixels(strength.translate(height));
    case 'rotate':
      return signed(strength.rotate);
    case 'brightness':
    case 'color':
    case 'contrast':
    case 'sharpness':
      return signed(strength.enhance);
    case 'posterize':
      return { magnitude: 8 - roundEven(strength.posterize * part), signed: false };
    case 'solarize':
      return { magnitude: neat(255 * (1 - part)), signed: false };
    default:
      return { magnitude: 0, signed: false };
  }
};

/** The 14 operations that RandAugment and TrivialAugment draw from. */
export const RANDOM_OPERATIONS = (Object.keys(OPERATIONS) as OperationName[]).filter(
  (name) => name !== 'invert',
);
