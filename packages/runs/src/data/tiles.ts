import {
  BOX_KINDS,
  FRAME,
  LABEL,
  previewSamples,
  rowAt,
  targetsOfKind,
  uint8,
  type Dataset,
  type NdArray,
  type NdArrays,
  type Samples,
  type StreamSource,
} from '@understory/core';
import type { DrawnBox } from '../pictures/drawnBoxes.ts';
import type { Tile } from '../pictures/contactSheet.ts';
import { cut, pictures } from '../report/pictures.ts';

/** The target that says where things are; the frame says where the picture is. */
const thingsOf = (specs: Samples['targets']): string | undefined =>
  targetsOfKind(specs, 'boxes').find((name) => name !== FRAME && specs[name]?.around !== 'picture');

const rowsOf = (targets: NdArrays, specs: Samples['targets']): NdArray | undefined => {
  const name = thingsOf(specs);
  return name === undefined ? undefined : targets[name];
};

/** Boxes of one image, [M, 4 and more], with their names where a fifth number is a class. */
const boxesOf = (rows: NdArray | undefined, classes: readonly string[]): DrawnBox[] => {
  if (!rows) return [];
  const [count = 0, columns = 4] = rows.shape;
  return Array.from({ length: count }, (_, i) => rows.data.subarray(i * columns, (i + 1) * columns)).flatMap(
    ([top = 0, left = 0, bottom = 0, right = 0, c = -1, kind = 0]) => {
      if (!(bottom > top && right > left)) return [];
      const isOrdinary = columns < 7 || kind === BOX_KINDS.ordinary;
      const text = classes[c] ?? '';
      const note = kind === BOX_KINDS.crowd ? 'crowd' : 'difficult';
      return [
        {
          box: [top, left, bottom, right],
          colour: c,
          text: isOrdinary ? text : `${text} (${note})`,
          dashed: !isOrdinary,
        },
      ];
    },
  );
};

/** The picture without what fills up the network's image, and its boxes in it. */
const unfilled = (
  picture: NdArray,
  frame: NdArray | undefined,
  boxes: readonly DrawnBox[],
): Pick<Tile, 'picture' | 'boxes'> => {
  const [height = 0, width = 0] = picture.shape;
  const [top = 0, left = 0, bottom = height, right = width] = frame?.data ?? [];
  const part = [
    Math.max(0, Math.floor(top)),
    Math.max(0, Math.floor(left)),
    Math.min(height, Math.ceil(bottom)),
    Math.min(width, Math.ceil(right)),
  ] as const;
  const [y, x] = part;
  if (part[2] <= y || part[3] <= x) return { picture, boxes };
  return {
    picture: cut(picture, part),
    boxes: boxes.map((one) => ({
      ...one,
      box: [one.box[0] - y, one.box[1] - x, one.box[2] - y, one.box[3] - x] as const,
    })),
  };
};

/** What is true of an image as a whole, in words. */
const wordsOf = (targets: NdArrays, specs: Samples['targets'], classes: readonly string[]): string => {
  const label = specs[LABEL]?.kind === 'class' ? targets[LABEL]?.data[0] : undefined;
  if (label !== undefined) return classes[label] ?? '';
  const [name] = targetsOfKind(specs, 'labels');
  return name === undefined ? '' : classes.filter((_, c) => targets[name]?.data[c] === 1).join(', ');
};

/** Some images of a split with what is true of them. */
export const tilesOf = async (
  samples: Samples,
  positions: readonly number[],
  classes: readonly string[],
): Promise<readonly Tile[]> => {
  const shown = pictures(await samples.read(positions), samples.size);
  const known = await samples.readTargets(positions);
  return positions.map((position, i) => {
    const targets = rowAt(known, i);
    const boxes = boxesOf(rowsOf(targets, samples.targets), classes);
    const words = wordsOf(targets, samples.targets, classes);
    const name = samples.describe(position);
    return {
      ...unfilled(shown[i]!, targets[FRAME], boxes),
      text: words === '' ? name : `${words} · ${name}`,
    };
  });
};

/** The same images as each view of a stream shows them: for each view its tiles. */
export const viewTiles = async (
  stream: StreamSource,
  seed: number,
  positions: readonly number[],
  { classes }: Pick<Dataset, 'classes'>,
): Promise<readonly (readonly Tile[])[]> => {
  const views = await previewSamples(stream, seed, positions);
  return views.map(({ images, targets }, v) => {
    const [, h = 0, w = 0] = images.shape;
    const shown = pictures(Uint8Array.from(images.data), [h, w]);
    return shown.map((picture, i) => ({
      picture: uint8(Uint8Array.from(picture.data), picture.shape),
      boxes: boxesOf(rowsOf(rowAt(targets, i), stream.samples.targets), classes),
      text: `view ${v + 1}: ${stream.views[v]?.map(({ name }) => name).join(', ') || 'as it is'}`,
    }));
  });
};
