import { rankedClasses } from '@understory/core';

export interface Likely {
  readonly class: string;
  readonly probability: number;
}

/** The likeliest classes, the first one first; undefined where the logits name no class, since such a network says nothing. */
export const likeliest = (
  logits: ArrayLike<number>,
  classes: readonly string[],
  count: number,
): readonly Likely[] | undefined => {
  const ranked = rankedClasses(logits).slice(0, count);
  if (ranked.length === 0) return undefined;
  return ranked.map(({ index, probability }) => ({ class: classes[index] ?? `class ${index}`, probability }));
};
