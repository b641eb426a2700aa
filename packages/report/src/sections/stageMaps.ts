import type { NdArray } from '@understory/core';
import { sampleSize, type StageEmbedding } from '../input.ts';
import { invariance, neighbourAccuracy } from '../math/neighbours.ts';
import { centre, rowsOf, unitRows, type Rows } from '../math/rows.ts';
import { tsne } from '../math/tsne.ts';
import type { Model, Shown } from '../model.ts';
import { COLOURED } from '../page/palette.ts';

/** Points in a map: more would take seconds to lay out, and cover each other. */
const MOST = 320;

/** What one method made of the sample at one stage. */
export interface Panel {
  readonly shown: Shown;
  /** Share of images whose class is that of most of their neighbours; absent where images have no class each. */
  readonly accuracy?: number;
  /** How alike the stage sees an image and the same image shown a second time: mean cosine. */
  readonly invariance?: number;
  /** The plane, [n · 2]. */
  readonly points: Float64Array;
}

export interface Stage {
  readonly name: string;
  /** Of the methods that have such a tap. */
  readonly panels: readonly Panel[];
}

/** A stage of a method that cannot be shown. */
export interface LeftOut {
  readonly method: string;
  readonly stage: string;
}

export interface Maps {
  /** Stages whose embeddings hold numbers that are not finite. */
  readonly leftOut: readonly LeftOut[];
  /** Which images of the sample are shown, and their classes, where they have one each. */
  readonly positions: Int32Array;
  readonly labels?: Int32Array;
  /** Classes that have a colour: those with the most points. */
  readonly coloured: readonly number[];
  /** Points of each coloured class, then those of all others. */
  readonly groups: readonly (readonly number[])[];
  readonly stages: readonly Stage[];
}

/** Evenly spread positions, `MOST` of them at most. */
const chosen = (n: number): Int32Array => {
  const count = Math.min(n, MOST);
  return Int32Array.from({ length: count }, (_, i) => Math.floor((i * n) / count));
};

const pick = ({ d, values }: Rows, positions: Int32Array): Rows => {
  const out = new Float64Array(positions.length * d);
  positions.forEach((p, i) => out.set(values.subarray(p * d, (p + 1) * d), i * d));
  return { n: positions.length, d, values: out };
};

const colouredClasses = (labels: Int32Array, classes: number): number[] => {
  const counts = new Int32Array(classes);
  labels.forEach((y) => (counts[y]! += 1));
  const order = Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
  return order
    .filter((c) => counts[c]! > 0)
    .slice(0, COLOURED)
    .sort((a, b) => a - b);
};

const allFinite = ({ data }: NdArray): boolean => data.every(Number.isFinite);

/** The plane of a method's embedding, and how well classes can be told from it; undefined where it is not finite. */
const panelOf = (
  shown: Shown,
  { values, again }: Omit<StageEmbedding, 'stage'>,
  { positions, labels }: Pick<Maps, 'positions' | 'labels'>,
): Panel | undefined => {
  if (!allFinite(values)) return undefined;
  const rows = pick(unitRows(centre(rowsOf(values))), positions);
  return {
    ...{ shown, points: tsne(rows) },
    ...(labels && { accuracy: neighbourAccuracy(rows, labels) }),
    ...(again &&
      allFinite(again) && {
        invariance: invariance(pick(rowsOf(values), positions), pick(rowsOf(again), positions)),
      }),
  };
};

/** Points by class: those that have a colour, then all others. */
const grouped = (labels: Int32Array, classes: number): Pick<Maps, 'coloured' | 'groups'> => {
  const coloured = colouredClasses(labels, classes);
  const members = (test: (y: number) => boolean): number[] =>
    Array.from(labels.keys()).filter((i) => test(labels[i]!));
  return {
    coloured,
    groups: [...coloured.map((c) => members((y) => y === c)), members((y) => !coloured.includes(y))],
  };
};

/** Computes what the stages' part shows; undefined where no method has embeddings. */
export const mapsOf = ({ input, shown }: Model): Maps | undefined => {
  const names = [...new Set(shown.flatMap((s) => (s.method.embeddings ?? []).map((e) => e.stage)))];
  const size = sampleSize(input.sample);
  if (size === 0 || names.length === 0) return undefined;
  const leftOut: LeftOut[] = [];
  const positions = chosen(size);
  const all = input.sample?.labels;
  const labels = all && Int32Array.from(positions, (p) => all[p]!);
  const sample = { positions, ...(labels && { labels }) };
  const stages = names.map((name) => ({
    name,
    panels: shown.flatMap((s): Panel[] => {
      const embedding = s.method.embeddings?.find((e) => e.stage === name);
      if (!embedding) return [];
      const panel = panelOf(s, embedding, sample);
      if (!panel) leftOut.push({ method: s.method.label, stage: name });
      return panel ? [panel] : [];
    }),
  }));
  return {
    ...sample,
    ...(labels
      ? grouped(labels, input.dataset.classes.length)
      : { coloured: [], groups: [[...positions.keys()]] }),
    leftOut,
    stages: stages.filter(({ panels }) => panels.length > 0),
  };
};
