import { emptyRecords, type ClassRecords } from './classRecords.ts';
import { COCO_SIZES, cocoOutcomes, isIgnored } from './cocoMatch.ts';
import { byClass, checkBoxes, rankOf, type ClassBoxes, type ImageBoxes } from './imageBoxes.ts';
import { overlaps } from './overlap.ts';

const RANGES = Object.values(COCO_SIZES);

/** Matches what was found with what is there, image after image; boxes are not kept. */
export interface CocoPass {
  readonly records: readonly ClassRecords[];
  /** Throws `bad-label` as `checkBoxes` does. */
  add(image: ImageBoxes): void;
}

const addClass = (records: ClassRecords, boxes: ClassBoxes): void => {
  const overlap = overlaps(boxes);
  boxes.found.forEach((found, place) => {
    records.probability.push(rankOf(found));
    records.place.push(place);
  });
  RANGES.forEach((range, r) => {
    for (const bits of cocoOutcomes(boxes, overlap, range)) records.outcome[r]!.push(bits);
    for (const box of boxes.truth) records.truths[r]! += isIgnored(box, range) ? 0 : 1;
  });
};

/** `most`: detections of a class that an image may have; the likeliest are looked at. */
export const cocoPass = (classes: number, most: number): CocoPass => {
  const records = Array.from({ length: classes }, () => emptyRecords(RANGES.length));
  let images = 0;
  return {
    records,
    add(image) {
      checkBoxes(image, images++, classes);
      for (const { found, ...rest } of byClass(image))
        addClass(records[rest.class]!, { ...rest, found: found.slice(0, most) });
    },
  };
};
