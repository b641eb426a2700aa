import type { Model, Shown } from '../model.ts';
import { capital, listed, percent, points, spelled, whole } from '../page/format.ts';

type Scored = Shown & { readonly accuracy: number };

const scored = ({ shown }: Model): Scored[] =>
  shown.filter((s): s is Scored => s.accuracy !== undefined && Number.isFinite(s.accuracy));

const images = ({ input, tested }: Model): string => {
  const n = tested[0]?.outcomes.labels.length ?? input.dataset.sizes?.test;
  return n === undefined ? 'the test images' : `${whole(n)} test images`;
};

/** The result in one sentence. */
export const headline = (model: Model): string => {
  const all = scored(model);
  const [first] = all;
  if (!first) return model.input.title;
  const best = all.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const score = `gets ${percent(best.accuracy)} of ${images(model)} right`;
  const name = capital(best.method.label);
  if (all.length === 1) return `${name} ${score}.`;
  const others = all.filter((s) => s !== best);
  const level = others.filter((s) => percent(s.accuracy) === percent(best.accuracy));
  if (level.length > 0) {
    const labels = listed([best, ...level].map((s) => s.method.label));
    return `${capital(labels)} are level: each ${score}.`;
  }
  const rival = best === first ? others.reduce((a, b) => (b.accuracy > a.accuracy ? b : a)) : first;
  const ahead = points(best.accuracy - rival.accuracy);
  return `${name} ${score}, ${ahead} points more than ${rival.method.label}.`;
};

/** What was compared, on what, and at which cost. */
export const standfirst = ({ input, shown }: Model): string => {
  const { dataset } = input;
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
  return `${ways} on ${dataset.name}, ${classes.length} classes${size}.${cost}`;
};
