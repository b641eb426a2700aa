import type { TemperatureResult } from '@understory/runs';
import { textTable } from '../text.ts';
import { indented, numberText } from './numbersText.ts';

type Numbers = TemperatureResult['before'];

const ROWS = [
  ['nll', 'negative log-likelihood', 'nats'],
  ['brier', 'Brier score', 'of 2'],
  ['ece', 'calibration error (ECE)', undefined],
  ['mce', 'largest of a bin (MCE)', undefined],
  ['massEce', 'ECE, bins of equal mass', undefined],
  ['massMce', 'MCE, bins of equal mass', undefined],
  ['classEce', 'ECE by class', undefined],
  ['classMassEce', 'ECE by class, equal mass', undefined],
] as const satisfies readonly (readonly [keyof Numbers, string, string | undefined])[];

const BOUNDS = {
  lowest: 'the least that is looked at: all validation images are right, so none is too low',
  highest: 'the most that is looked at: the logits tell nothing of the validation images',
};

/** What a calibrated network of as many images shows by chance: about 0.8·√(p(1 − p)·bins / n). */
const chance = ({ bins, samples }: Numbers): number => {
  const right = bins.reduce((sum, { count, accuracy }) => sum + count * accuracy, 0) / samples;
  return 0.8 * Math.sqrt((right * (1 - right) * bins.length) / samples);
};

/** Numbers of calibration before and after the temperature, and what to read into them. */
export const temperatureText = ({ temperature, bound, fitted, before, after }: TemperatureResult): string => {
  const rows = ROWS.map(([name, title, unit]) => [
    title,
    numberText(before[name], unit),
    numberText(after[name], unit),
  ]);
  const found = `temperature ${temperature.toPrecision(4)}, fitted to ${fitted} validation images`;
  const end = bound === undefined ? '' : `\n(${BOUNDS[bound]})`;
  const share = numberText(chance(before));
  const hint = `${before.bins.length} bins. A perfect network shows an ECE of about ${share} of ${before.samples} images.`;
  return indented(`${found}${end}\n\n${textTable(['', 'before', 'after'], rows)}\n${hint}`);
};
