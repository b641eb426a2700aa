import type { GradientAgreement, Named } from '@understory/core';

/** Mean and standard deviation of finite numbers. */
const spreadOf = (all: readonly number[]): readonly [mean: number, deviation: number] => {
  const values = all.filter(Number.isFinite);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return [mean, values.length > 1 ? Math.sqrt(square / (values.length - 1)) : NaN];
};

/** The numbers of each tap, over batches: means of those that are finite. */
export const gradientNumbers = (batches: readonly Named<GradientAgreement>[]): Record<string, number> => {
  const taps = [...new Set(batches.flatMap((batch) => Object.keys(batch)))];
  const entries = taps.flatMap((tap) => {
    const own = batches.flatMap((batch) => batch[tap] ?? []);
    const [weights, ofWeights] = spreadOf(own.map(({ parameters }) => parameters));
    const [image, ofImage] = spreadOf(own.map(({ byImage }) => byImage));
    return [
      [`${tap}/gradient-image`, image] as const,
      [`${tap}/gradient-image-spread`, ofImage] as const,
      [`${tap}/gradient-weights`, weights] as const,
      [`${tap}/gradient-weights-spread`, ofWeights] as const,
      [`${tap}/gradient-ratio`, spreadOf(own.map(({ ratio }) => ratio))[0]] as const,
    ];
  });
  return Object.fromEntries(entries);
};
