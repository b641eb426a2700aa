import { UnderstoryError } from '../errors.ts';

/** A classifier's logits of a whole split. */
export interface Predictions {
  readonly classes: number;
  /** [N · C], row-major. */
  readonly logits: Float32Array;
  /** [N] */
  readonly labels: Int32Array;
}

/** What a classifier said of each of N samples. */
export interface Predicted {
  /** [N] */
  readonly labels: Int32Array;
  /** Class that it named [N]; −1 for none. */
  readonly predicted: Int32Array;
  /** Probability that it gave that class [N]. */
  readonly confidence: Float64Array;
}

/** Throws `bad-shape` where there is not one answer for each label, `bad-label` where one is of no class. */
export const checkPredicted = (
  { labels, ...said }: Pick<Predicted, 'labels'> & Readonly<Record<string, ArrayLike<number>>>,
  classes = Infinity,
): void => {
  for (const [name, { length }] of Object.entries(said))
    if (length !== labels.length)
      throw new UnderstoryError(
        'bad-shape',
        `${name} [${length}] do not fit labels [${labels.length}]. Give one for each label.`,
      );
  const [wrong, last] = [labels.findIndex((y) => y < 0 || y >= classes), classes - 1];
  if (wrong >= 0)
    throw new UnderstoryError(
      'bad-label',
      `Sample ${wrong} of labels [${labels.length}] has label ${labels[wrong]!}; labels go from 0${last < Infinity ? ` to ${last}` : ''}.`,
    );
  const named = said['predicted'] ?? [];
  for (let i = 0; i < named.length; i++)
    if (named[i]! >= classes)
      throw new UnderstoryError(
        'bad-label',
        `Sample ${i} of predicted [${named.length}] is named class ${named[i]!}; classes go from 0 to ${last}, −1 names none.`,
      );
};

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  /** Confidences in (from, to]. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Means over the bin's samples; 0 where it has none. */
  readonly accuracy: number;
  readonly confidence: number;
}

/** The bin (k / bins, (k + 1) / bins] of a confidence, edges as these doubles are; the first one has 0 and what is no number. */
const binOf = (confidence: number, bins: number): number => {
  let k = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1)) || 0;
  // The product is rounded, and may have crossed an edge.
  if (confidence <= k / bins) k = Math.max(0, k - 1);
  else if (confidence > (k + 1) / bins) k = Math.min(bins - 1, k + 1);
  return k;
};

/**
 * Predicted by confidence in `bins` bins of equal width, each without its lower edge (Guo et al. 2017, §2). Fractions.
 * Confidences that are no numbers make the first bin's mean one too.
 */
export const reliabilityBins = (
  { labels, predicted, confidence }: Predicted,
  bins: number,
): ReliabilityBin[] => {
  checkPredicted({ labels, predicted, confidence });
  const count = new Float64Array(bins);
  const sure = new Float64Array(bins);
  const right = new Float64Array(bins);
  confidence.forEach((c, i) => {
    const k = binOf(c, bins);
    count[k]! += 1;
    sure[k]! += c;
    right[k]! += predicted[i] === labels[i] ? 1 : 0;
  });
  return Array.from(count, (n, k) => ({
    from: k / bins,
    to: (k + 1) / bins,
    count: n,
    accuracy: n ? right[k]! / n : 0,
    confidence: n ? sure[k]! / n : 0,
  }));
};

/** Σ_k n_k / n · |accuracy_k − confidence_k| (Guo et al. 2017, eq. 3), a fraction; NaN of no samples. */
export const expectedCalibrationError = (bins: readonly ReliabilityBin[]): number =>
  bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.accuracy - bin.confidence), 0) /
  bins.reduce((n, bin) => n + bin.count, 0);
