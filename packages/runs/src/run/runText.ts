import { briefly, counted, type EpochEvent, type Named, type StartEvent } from '@understory/core';
import { metricText } from '../use/predictionText.ts';

/** Seconds as people read them: `7 s`, `3:05`, `1:02:09`. */
export const duration = (seconds: number): string => {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

/** What stands before a term of each objective where several have one of its name: a few letters, or words of its own. */
const shortNames = (names: readonly string[]): Readonly<Record<string, string>> => {
  const last = (name: string): string => name.split('/').at(-1) ?? name;
  const count = (word: string): number => names.filter((name) => last(name) === word).length;
  const initials = (objective: string): string =>
    objective
      .split('-')
      .map((word) => (/^\d+$/.test(word) ? word : word.slice(0, 1)))
      .join('');
  return Object.fromEntries(
    names.map((name) => {
      const [objective = ''] = name.split('/');
      return [name, count(last(name)) > 1 ? `${initials(objective)}.${last(name)}` : last(name)];
    }),
  );
};

/**
 * Terms in a few characters each: `contrastive-deep-supervision/stage1` is `stage1`, or `cds.stage1` where another objective has one of
 * that name, and its whole name where that is not enough.
 */
export const termsText = (terms: Named<number>): string => {
  const names = Object.keys(terms);
  const short = shortNames(names);
  const all = Object.values(short);
  const told = (name: string): string => {
    const word = short[name] ?? name;
    return all.filter((other) => other === word).length > 1 ? name : word;
  };
  return Object.entries(terms)
    .map(([name, value]) => `${told(name)} ${value.toFixed(2)}`)
    .join(' ');
};

/** What a run is, in a line: `flowers: 11,220,132 parameters (+ 3,969,024 in heads while training), 30 epochs of 42 steps`. */
export const startText = ({ run, parameters, epochs, stepsPerEpoch, step }: StartEvent): string => {
  const heads =
    parameters.heads > 0 ? ` (+ ${parameters.heads.toLocaleString('en')} in heads while training)` : '';
  const from = step > 0 ? `, going on from step ${step}` : '';
  return `${run}: ${parameters.inference.toLocaleString('en')} parameters${heads}, ${counted(epochs, 'epoch')} of ${counted(stepsPerEpoch, 'step')}${from}`;
};

export interface EpochLine extends Pick<StartEvent, 'epochs' | 'units' | 'details'> {
  /** Leaves the terms of the loss out. */
  readonly brief?: boolean;
}

/** What an epoch brought, in a line. */
export const epochText = (
  { epoch, loss, terms, metrics, best, seconds }: EpochEvent,
  { epochs, units = {}, details = [], brief = false }: EpochLine,
): string => {
  const count = `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`;
  const numbers = Object.entries(briefly(metrics, { details })).map(
    ([name, value]) => `${name} ${metricText(value, units[name])}`,
  );
  const lost = `loss ${loss.toFixed(3)}${brief ? '' : ` (${termsText(terms)})`}`;
  return `${count}  ${lost}  ${numbers.join(', ')}${best ? '  best' : ''}  ${duration(seconds)}`;
};
