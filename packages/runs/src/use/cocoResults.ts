import path from 'node:path';
import { UnderstoryError, type PredictedBox } from '@understory/core';
import type { RunInfo } from '../run/runInfo.ts';
import type { ImagePrediction } from './predictImages.ts';

/** A box as COCO's evaluation reads it. */
export interface CocoResult {
  /** The number that a file is named by, as COCO names them (`000000000139.jpg`); else the file's name. */
  readonly image_id: number | string;
  readonly category_id: number;
  /** x, y of the upper left corner, width, height; pixels. */
  readonly bbox: readonly [x: number, y: number, width: number, height: number];
  readonly score: number;
}

/** `000000000139`, and `COCO_val2014_000000000042` of earlier years. */
const NUMBERED = /^(?:COCO_[a-z]+\d{4}_)?(\d{1,15})$/;

const imageId = (image: string): number | string => {
  const number = NUMBERED.exec(path.parse(image).name)?.[1];
  return number === undefined ? path.basename(image) : Number(number);
};

/** Errors: `options` where images of several folders would go by one id. */
export const checkImageIds = (images: readonly string[]): void => {
  const known = new Map<number | string, string>();
  for (const image of images) {
    const id = imageId(image);
    const other = known.get(id);
    if (other === image)
      throw new UnderstoryError(
        'options',
        `${image} is given twice. In COCO's format each image stands once.`,
      );
    if (other !== undefined)
      throw new UnderstoryError(
        'options',
        `${other} and ${image} have one image_id, ${id}, in COCO's format, so their boxes could not be told apart. ` +
          'Predict them one after the other.',
      );
    known.set(id, image);
  }
};

const byPlace = (classes: readonly string[]): ReadonlyMap<string, number> =>
  new Map(classes.map((name, i) => [name, i + 1]));

/** Numbers of the classes: those of the dataset's own files where it has some, else their places, from 1. */
const categoryIds = ({
  classes,
  ids,
}: Pick<RunInfo['dataset'], 'classes' | 'ids'>): ReadonlyMap<string, number> => {
  if (!ids || !classes.every((name) => Object.hasOwn(ids, name))) return byPlace(classes);
  return new Map(classes.map((name) => [name, ids[name] ?? 0]));
};

const resultOf = (
  image_id: number | string,
  { box: [top, left, bottom, right], class: name, probability }: PredictedBox,
  ids: ReadonlyMap<string, number>,
): CocoResult[] => {
  const category_id = ids.get(name);
  if (category_id === undefined) return [];
  return [{ image_id, category_id, bbox: [left, top, right - left, bottom - top], score: probability }];
};

/** Predictions of boxes in COCO's result format; images without a prediction have none. */
export const cocoResults = (
  predictions: readonly ImagePrediction[],
  dataset: Pick<RunInfo['dataset'], 'classes' | 'ids'>,
): readonly CocoResult[] => {
  const ids = categoryIds(dataset);
  return predictions.flatMap(({ image, prediction }) =>
    prediction?.kind === 'boxes' ? prediction.boxes.flatMap((box) => resultOf(imageId(image), box, ids)) : [],
  );
};
