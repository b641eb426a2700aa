import { CORRUPTIONS, isSmall, type Corruption } from './corrupt.ts';

/** Errors at five strengths by corruption, as fractions. */
export type CorruptionErrors = Readonly<Record<Corruption, readonly number[]>>;

export interface Robustness {
  /** Mean error over corruptions and strengths. */
  readonly meanError: number;
  /**
   * Mean over the 14 corruptions of the error as a part of AlexNet's, "mCE-14": for images of about 224 pixels alone. It is no mCE,
   * which has frost too.
   */
  readonly mCE14?: number;
}

/** Mean errors of AlexNet over five strengths in percent (Hendrycks & Dietterich 2019, table 4). */
const ALEXNET: Readonly<Record<Corruption, number>> = {
  ...{ gaussian_noise: 88.6428, shot_noise: 89.4468, impulse_noise: 92.264 },
  ...{ defocus_blur: 81.988, glass_blur: 82.6268, motion_blur: 78.5948, zoom_blur: 79.836 },
  ...{ snow: 86.6816, fog: 81.9324, brightness: 56.4592, contrast: 85.3204 },
  ...{ elastic_transform: 64.6056, pixelate: 71.784, jpeg_compression: 60.65 },
};

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

export const robustness = (errors: CorruptionErrors, size: readonly [number, number]): Robustness => {
  const means = CORRUPTIONS.map((name) => meanOf(errors[name]));
  return {
    meanError: meanOf(means),
    ...(!isSmall(size) && { mCE14: meanOf(CORRUPTIONS.map((name, i) => (100 * means[i]!) / ALEXNET[name])) }),
  };
};
