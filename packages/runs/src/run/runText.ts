import { briefly, type EpochEvent, type Named, type StartEvent } from '@understory/core';
import { metricText } from '../use/predictionText.ts';

const number = new Intl.NumberFormat('en-US');

/** Seconds as people read them: `7 s`, `3:05`, `1:02:09`. */
export const duration = (seconds: number): string => {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

/** Terms in a few characters each: `contrastive-deep-supervision/stage1` is `stage1`. */
export const termsText = (terms: Named<number>): string =>
  Object.entries(terms)
    .map(([name, value]) => `${name.split('/').at(-1)!} ${value.toFixed(2)}`)
    .join(' ');

/** What a run is, in a line: `flowers: 11,220,132 parameters (+ 3,969,024 in heads while training), 30 epochs of 42 steps`. */
export const startText = ({ run, parameters, epochs, stepsPerEpoch, step }: StartEvent): string => {
  const heads = parameters.heads > 0 ? ` (+ ${number.format(parameters.heads)} in heads while training)` : '';
  const from = step > 0 ? `, going on from step ${step}` : '';
  return `${run}: ${number.format(parameters.inference)} parameters${heads}, ${epochs} epochs of ${stepsPerEpoch} steps${from}`;
};

/** What an epoch brought, in a line. */
export const epochText = (
  { epoch, loss, terms, metrics, best, seconds }: EpochEvent,
  { epochs, units = {}, details = [] }: Pick<StartEvent, 'epochs' | 'units' | 'details'>,
): string => {
  const count = `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`;
  const numbers = Object.entries(briefly(metrics, { details })).map(
    ([name, value]) => `${name} ${metricText(value, units[name])}`,
  );
  const lost = `loss ${loss.toFixed(3)} (${termsText(terms)})`;
  return `${count}  ${lost}  ${numbers.join(', ')}${best ? '  best' : ''}  ${duration(seconds)}`;
};
