import { classification, toldSplit } from '@understory/core';
import { CHANCE, rivalsOf } from '../math/rivals.ts';
import type { Measure } from '../measures.ts';
import type { Model, Shown } from '../model.ts';
import { capital, listed, percent, points, short, spelled, whole } from '../page/format.ts';
import { numberWords } from '../words.ts';

type Scored = Shown & { readonly accuracy: number };

const scored = ({ shown }: Model): Scored[] =>
  shown.filter((s): s is Scored => s.accuracy !== undefined && Number.isFinite(s.accuracy));

const images = ({ input, tested }: Model): string => {
  const n = tested[0]?.outcomes.labels.length ?? input.dataset.sizes?.test;
  return n === undefined ? 'the test images' : `${whole(n)} test images`;
};

/** A result of a method, and how results are told. */
interface Result {
  readonly label: string;
  readonly value: number;
}
interface Telling {
  readonly goal: 'max' | 'min';
  readonly format: (value: number) => string;
  /** What a value says: `gets 67 % of 764 test images right`. */
  readonly says: (value: number) => string;
  /** How far two values are apart: `2.1 points`. */
  readonly apart: (difference: number) => string;
  /** What is to be said of their difference: whether it could be chance. */
  readonly doubt: (best: Result, rival: Result) => string;
}

/** Results in one sentence: the best one, and how far it is from the first, or from the next where it is the first. */
const compared = (
  all: readonly [Result, ...Result[]],
  { goal, format, says, apart, doubt }: Telling,
): string => {
  const better = (a: Result, b: Result): Result =>
    (goal === 'max' ? b.value > a.value : b.value < a.value) ? b : a;
  const [first] = all;
  const best = all.reduce(better);
  const score = says(best.value);
  if (all.length === 1) return `${capital(best.label)} ${score}.`;
  const others = all.filter((s) => s !== best);
  const level = others.filter((s) => format(s.value) === format(best.value));
  if (level.length > 0)
    return `${capital(listed([best, ...level].map((s) => s.label)))} are level: each ${score}.`;
  const rival = best === first ? others.reduce(better) : first;
  const more = goal === 'max' ? 'more' : 'less';
  return `${capital(best.label)} ${score}, ${apart(Math.abs(best.value - rival.value))} ${more} than ${rival.label}${doubt(best, rival)}.`;
};

/** How many images of the split that tells the results, in words. */
const imagesOf = ({ input: { dataset, methods } }: Model): string => {
  const split = methods.flatMap(({ result }) => (result ? [toldSplit(result)] : []))[0] ?? 'test';
  const n = dataset.sizes?.[split];
  return n === undefined ? `the ${split} images` : `${whole(n)} ${split} images`;
};

/** The runs' own first number that has values, in one sentence; undefined where there is none. */
const measured = (model: Model): string | undefined => {
  for (const measure of model.measures) {
    const [first, ...others] = model.shown.flatMap(({ method }): Result[] => {
      const value = measure.value(method);
      return value === undefined || !Number.isFinite(value) ? [] : [{ label: method.label, value }];
    });
    if (first) return ofMeasure(measure, [first, ...others], imagesOf(model));
  }
  return undefined;
};

/** Of numbers whose chance nobody can tell from one run. */
const ONE_RUN = ' (one run each)';

const ofMeasure = (
  { name, goal, share, format }: Measure,
  all: readonly [Result, ...Result[]],
  images: string,
): string => {
  const words = numberWords(name);
  const says = (value: number): string => `reaches ${words} ${format(value)} on ${images}`;
  // Without a goal nothing is the best.
  if (!goal && all.length > 1)
    return `${capital(words)} on ${images}: ${listed(all.map(({ label, value }) => `${label} ${format(value)}`))}.`;
  const apart = (difference: number): string => (share ? `${points(difference)} points` : short(difference));
  const doubt = (): string => ONE_RUN;
  return compared(all, { goal: goal ?? 'max', format, says, apart, doubt });
};

/** Whether the difference of two accuracies could be chance, in a few words. */
const doubtOf =
  ({ tested }: Model): Telling['doubt'] =>
  (best, rival) => {
    const both = tested.filter(({ method: { label } }) => label === best.label || label === rival.label);
    const rivals = both.length === 2 ? rivalsOf(both) : undefined;
    if (!rivals) return ONE_RUN;
    return rivals.p < CHANCE ? '' : ', which chance could explain';
  };

/** The result in one sentence. */
export const headline = (model: Model): string => {
  const [first, ...others] = scored(model).map(({ method, accuracy }): Result => ({
    label: method.label,
    value: accuracy,
  }));
  if (!first) return measured(model) ?? model.input.title;
  return compared([first, ...others], {
    goal: 'max',
    format: (value) => percent(value),
    says: (value) => `gets ${percent(value)} of ${images(model)} right`,
    apart: (difference) => `${points(difference)} points`,
    doubt: doubtOf(model),
  });
};

/** What was compared, on what, and at which cost. */
export const standfirst = ({ input, shown }: Model): string => {
  const { dataset, task } = input;
  const { sizes, classes } = dataset;
  const size = sizes
    ? `: ${whole(sizes.train)} images to train on, ${whole(sizes.validation)} to choose by, ${whole(sizes.test)} to test on`
    : '';
  const ways = shown.length === 1 ? 'One network' : `${spelled(shown.length)} ways to train a network`;
  const counts = new Set(shown.map((s) => s.method.parameters?.inference));
  const [count] = counts;
  const cost =
    counts.size === 1 && count !== undefined
      ? ` ${shown.length > 1 ? 'In use all of them have the same' : 'It has'} ${whole(count)} parameters.`
      : '';
  const aim = task === undefined || task === classification.name ? '' : ` for ${task}`;
  return `${ways}${aim} on ${dataset.name}, ${classes.length} classes${size}.${cost}`;
};
