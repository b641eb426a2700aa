export interface Likely {
  readonly class: string;
  readonly probability: number;
}

const softmax = (logits: readonly number[]): number[] => {
  const top = Math.max(...logits);
  const powers = logits.map((l) => Math.exp(l - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
};

/** The likeliest classes, the first one first; undefined where a logit is not finite, since such a network says nothing. */
export const likeliest = (
  logits: Float32Array,
  classes: readonly string[],
  count: number,
): readonly Likely[] | undefined => {
  const values = [...logits];
  if (!values.every(Number.isFinite)) return undefined;
  return softmax(values)
    .map((probability, c) => ({ class: classes[c] ?? `class ${c}`, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, count);
};
