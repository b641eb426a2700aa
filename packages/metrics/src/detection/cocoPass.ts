import { emptyRecords, type ClassRecords } from './classRecords.ts';
import { COCO_SIZES, cocoOutcomes, isIgnored } from './cocoMatch.ts';
import { byClass, checkBoxes, type ClassBoxes, type ImageBoxes } from './imageBoxes.ts';

const RANGES = Object.values(COCO_SIZES);

/** Matches what was found with what is there, image after image; boxes are not kept. */
export interface CocoPass {
  readonly records: readonly ClassRecords[];
  /** Throws `bad-label` as `checkBoxes` does. */
  add(image: ImageBoxes): void;
}

const addClass = (records: ClassRecords, boxes: ClassBoxes): void => {
  boxes.found.forEach(({ probability }, place) => {
    records.probability.push(probability);
    records.place.push(place);
  });
  cocoOutcomes(boxes).forEach((outcome, r) => records.outcome[r]!.push(...outcome));
  RANGES.forEach((range, r) => {
    records.truths[r]! += boxes.truth.filter((box) => !isIgnored(box, range)).length;
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
