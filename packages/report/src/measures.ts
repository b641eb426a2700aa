import { toldSplit } from '@understory/core';
import type { MeasuredNumber, ReportInput, ReportMethod } from './input.ts';
import { percent, short } from './page/format.ts';
import { valueOf } from './valueOf.ts';

/** A number that runs measured themselves, and how it is written. */
export interface Measure extends MeasuredNumber {
  /** Whether it is a share, and written as percent. */
  readonly share: boolean;
  readonly format: (value: number) => string;
  /** Of a method's best weights on the split that tells its result. */
  readonly value: (method: ReportMethod) => number | undefined;
  readonly last: (method: ReportMethod) => number | undefined;
}

const on = ({ result }: ReportMethod, which: 'best' | 'last', name: string): number | undefined =>
  result && valueOf(result[which][toldSplit(result)], name);

/** Names that people read as percent, whatever is said of them. */
const SHARES = /^(accuracy|top-?\d|ece|mce)/i;

/** Whether a number is a share: by its name, or since more is better and no value lies outside of 0 and 1. */
export const isShare = ({ name, goal }: MeasuredNumber, values: readonly number[]): boolean =>
  SHARES.test(name) ||
  (goal === 'max' && values.length > 0 && values.every((v) => !Number.isFinite(v) || (v >= 0 && v <= 1)));

/** Whether a number is one of a tap, which has a place of its own on the page. */
export const isOfTap = ({ methods }: ReportInput, name: string): boolean =>
  methods.some(({ depth }) => {
    const measure = name.slice(name.lastIndexOf('/') + 1);
    const tap = name.slice(0, Math.max(0, name.lastIndexOf('/')));
    return depth !== undefined && depth.taps.includes(tap) && Object.hasOwn(depth.measures, measure);
  });

const names = (records: readonly (Readonly<Record<string, number>> | undefined)[]): string[] =>
  records.flatMap((record) => Object.keys(record ?? {}));

/** All values of a number that are shown anywhere, so that it is written in one way everywhere. */
const valuesOf = ({ methods }: ReportInput, name: string): number[] =>
  methods.flatMap(({ result, epochs = [] }) =>
    [
      ...epochs.map(({ metrics }) => metrics),
      ...(result ? [result.best, result.last].flatMap(({ validation, test }) => [validation, test]) : []),
    ].flatMap((record) => valueOf(record, name) ?? []),
  );

export const measureOf = (input: ReportInput, number: MeasuredNumber): Measure => {
  const { name } = number;
  const share = input.units
    ? valueOf(input.units, name) === undefined
    : isShare(number, valuesOf(input, name));
  return {
    ...number,
    share,
    format: share ? (value) => percent(value) : short,
    value: (method) => on(method, 'best', name),
    last: (method) => on(method, 'last', name),
  };
};

/** The runs' own numbers in the order in which they are said, then others that results hold: evaluators' have no goal. */
export const measuresOf = (input: ReportInput): Measure[] => {
  const { metrics = [], methods } = input;
  const all = names(methods.map(({ result }) => result?.best[toldSplit(result)]));
  const found = all.filter((name) => !isOfTap(input, name));
  const said = metrics.filter(({ name }) => found.includes(name));
  const others = [...new Set(found)].filter((name) => !said.some((s) => s.name === name));
  return [...said, ...others.map((name) => ({ name }))].map((number) => measureOf(input, number));
};
