import { BOX_KINDS } from '@understory/core';
import { detectionErrors, type ImageBoxes } from '@understory/metrics';

/**
 * The probability from which on boxes of all classes together have the greatest F1, the harmonic mean of precision and
 * recall, at an overlap of 0.5; 0 where no box is right.
 */
export const bestThreshold = (images: readonly ImageBoxes[], classes: number): number => {
  const fates = detectionErrors(images, classes).images;
  const said = images.flatMap(({ found }, i) =>
    found.flatMap(({ probability }, k) => {
      const fate = fates[i]?.found[k]?.fate;
      return fate === 'ignored' || !Number.isFinite(probability)
        ? []
        : [{ probability, right: fate === 'right' }];
    }),
  );
  said.sort((a, b) => b.probability - a.probability);
  const boxes = images.reduce(
    (sum, { truth }) => sum + truth.filter((t) => t.kind === BOX_KINDS.ordinary).length,
    0,
  );
  let [right, best, threshold] = [0, 0, 0];
  said.forEach((one, i) => {
    if (one.right) right++;
    // Boxes of one probability come together or not at all.
    if (said[i + 1]?.probability === one.probability) return;
    const f1 = (2 * right) / (i + 1 + boxes);
    if (f1 > best) [best, threshold] = [f1, one.probability];
  });
  return threshold;
};
