import { percent, percentTick, short, tickText } from '../page/format.ts';
import { extent, linear, ticks, type Scale } from '../page/scale.ts';
import type { SweepAxis, SweepInput, SweepTrial } from './input.ts';

/** An axis between two ends in pixels: where its values lie, and which are written beside it. */
export interface Axis {
  readonly place: Scale;
  readonly ticks: readonly (readonly [at: number, text: string])[];
}

type Ends = readonly [from: number, to: number];

/** Round numbers of a logarithmic axis: powers of ten, with their double and fivefold where these are few. */
const logTicks = (from: number, to: number): number[] => {
  const [low, high] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  const steps = high - low > 3 ? [1] : [1, 2, 5];
  const all = Array.from({ length: high - low + 1 }, (_, i) => steps.map((step) => step * 10 ** (low + i)));
  const inside = all.flat().filter((tick) => tick >= from * 0.999 && tick <= to * 1.001);
  return inside.length > 1 ? inside : [from, to];
};

const rangeAxis = ({ from, to, log }: NonNullable<SweepAxis['range']>, ends: Ends): Axis => {
  const scale = linear(log ? [Math.log(from), Math.log(to)] : [from, to], ends);
  const place: Scale = (value) => scale(log ? Math.log(value) : value);
  const marks = log ? logTicks(from, to) : ticks([from, to], 4);
  return { place, ticks: marks.map((at) => [at, tickText(at)]) };
};

/** Each listed value has as much room. */
const listAxis = (values: readonly string[], ends: Ends): Axis => ({
  place: linear([-0.5, values.length - 0.5], ends),
  ticks: values.map((text, at) => [at, text]),
});

export const axisOf = ({ values, range }: SweepAxis, ends: Ends): Axis =>
  range ? rangeAxis(range, ends) : listAxis(values ?? [], ends);

/** A value of the measure as people read it. */
export const measureText = (value: number, { unit }: SweepInput['measure']): string =>
  unit === undefined ? percent(value) : `${short(value)} ${unit}`;

/** The axis of the measure, over what the trials reached. */
export const measureAxis = ({ measure, trials }: SweepInput, ends: Ends): Axis => {
  const [low, high] = extent(trials.flatMap(({ value }) => value ?? []));
  const room = 0.04 * (high - low);
  const tick = (value: number): string => (measure.unit === undefined ? percentTick(value) : tickText(value));
  return {
    place: linear([low - room, high + room], ends),
    ticks: ticks([low, high], 4).map((at) => [at, tick(at)]),
  };
};

/** How good trials are, in classes of the page's styles: t5 the best ones, t0 the worst; others have none. */
export const shadesOf = (trials: readonly SweepTrial[]): readonly string[] => {
  const valued = trials.filter(({ value }) => value !== undefined);
  return trials.map((trial) => {
    const rank = valued.indexOf(trial);
    if (rank < 0) return 'none';
    if (trial.state !== 'ended') return 't0 dashed';
    return rank === 0 ? 't5 best' : `t${5 - Math.floor((6 * rank) / valued.length)}`;
  });
};
