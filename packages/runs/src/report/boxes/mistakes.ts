import type { DetectionErrors, FoundBox, ImageBoxes, TrueBox } from '@understory/metrics';
import { faultText } from './errors.ts';

/** Mistakes of each sort that are kept. */
const KEPT = 12;

interface Found {
  readonly images: readonly ImageBoxes[];
  readonly errors: DetectionErrors;
  readonly classes: readonly string[];
}

/** A mistake with its boxes in pixels of the picture as stored. */
export interface Mistake {
  /** Position of the image. */
  readonly image: number;
  readonly fault: string;
  readonly truth?: Pick<TrueBox, 'box'> & { readonly name: string };
  readonly found?: Pick<FoundBox, 'box' | 'probability'> & { readonly name: string };
}

const nameOf = (classes: readonly string[], c: number): string => classes[c] ?? `class ${c}`;

/** The true boxes that nothing comes near, the largest first. */
export const worstMisses = ({ images, errors, classes }: Found): readonly Mistake[] =>
  images
    .flatMap(({ truth }, image) =>
      truth.flatMap((box, i) => (errors.images[image]?.truth[i]?.fate === 'missed' ? [{ image, box }] : [])),
    )
    .sort((a, b) => b.box.area - a.box.area)
    .slice(0, KEPT)
    .map(({ image, box }) => ({
      ...{ image, fault: 'not found' },
      truth: { box: box.box, name: nameOf(classes, box.class) },
    }));

/** The boxes that are wrong, the likeliest first, with the true ones that they were meant for. */
export const worstFalseAlarms = ({ images, errors, classes }: Found): readonly Mistake[] =>
  images
    .flatMap(({ found, truth }, image) =>
      found.flatMap((box, i) => {
        const { fate, other } = errors.images[image]?.found[i] ?? {};
        const fault = faultText(fate);
        return fault === undefined ? [] : [{ image, box, fault, meant: truth[other ?? -1] }];
      }),
    )
    .filter(({ box }) => Number.isFinite(box.probability))
    .sort((a, b) => b.box.probability - a.box.probability)
    .slice(0, KEPT)
    .map(({ image, box, fault, meant }) => ({
      ...{ image, fault },
      found: { box: box.box, probability: box.probability, name: nameOf(classes, box.class) },
      ...(meant && { truth: { box: meant.box, name: nameOf(classes, meant.class) } }),
    }));
