import { permutation, seedOf, type Samples } from '@understory/core';

/** Test images whose embeddings are shown: as many as a page draws quickly. */
export const EMBEDDED = 500;
/** Test images of which a report shows what is true and what each network says. */
const EXAMPLES = 8;

/** A fixed choice of positions, the same for every method. */
export const chosen = (samples: Pick<Samples, 'length'>, count: number): number[] =>
  [...permutation(samples.length, seedOf(0).at('shown').rng())].slice(0, count).sort((a, b) => a - b);

/** Some of the images whose embeddings are shown, from all over the split: it may stand class by class. */
export const exampleChoice = (samples: Pick<Samples, 'length'>): number[] => {
  const all = chosen(samples, EMBEDDED);
  const count = Math.min(EXAMPLES, all.length);
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)]!);
};
