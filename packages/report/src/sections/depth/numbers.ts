import { toldSplit, type TapMeasure } from '@understory/core';
import type { ReportMethod } from '../../input.ts';
import type { Model, Shown } from '../../model.ts';
import { percent, percentTick, short } from '../../page/format.ts';
import { valueOf } from '../../valueOf.ts';

/** A measure of taps, with the name that its numbers end with. */
export interface NamedMeasure extends TapMeasure {
  readonly name: string;
}

/** What any of the methods measured of taps, and the taps of all, shallow to deep. */
export interface Depth {
  readonly taps: readonly string[];
  readonly measures: readonly NamedMeasure[];
  readonly shown: readonly Shown[];
}

export const depthOf = ({ shown }: Model): Depth | undefined => {
  const own = shown.filter(({ method }) => method.depth);
  if (own.length === 0) return undefined;
  const measures = new Map<string, NamedMeasure>();
  for (const { method } of own)
    for (const [name, measure] of Object.entries(method.depth?.measures ?? {}))
      if (!measures.has(name)) measures.set(name, { ...measure, name });
  return {
    taps: [...new Set(own.flatMap(({ method }) => method.depth?.taps ?? []))],
    measures: [...measures.values()],
    shown: own,
  };
};

/** Of the best weights on the images that tell the result; of the last look where there is no result. */
export const endValue = (
  { result, epochs = [] }: ReportMethod,
  tap: string,
  measure: string,
): number | undefined => {
  const name = `${tap}/${measure}`;
  const told = result && valueOf(result.best[toldSplit(result)], name);
  return told ?? epochs.flatMap(({ metrics }) => valueOf(metrics, name) ?? []).at(-1);
};

/** Values after epochs, which count from 1. */
export const overEpochs = ({ epochs = [] }: ReportMethod, tap: string, measure: string): [number, number][] =>
  epochs.flatMap(({ epoch, metrics }): [number, number][] => {
    const value = valueOf(metrics, `${tap}/${measure}`);
    return value === undefined ? [] : [[epoch + 1, value]];
  });

export const formatOf = ({ share }: Pick<TapMeasure, 'share'>): ((value: number) => string) =>
  share === true ? (value) => percent(value) : short;

export const tickOf = ({
  share,
}: Pick<TapMeasure, 'share'>): Readonly<{ formatTick?: (y: number) => string; atMost?: number }> =>
  share === true ? { formatTick: percentTick, atMost: 1 } : {};
