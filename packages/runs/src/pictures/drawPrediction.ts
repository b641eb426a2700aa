import type { PredictedBox } from '@understory/core';
import { loadSharp, readWholeImage } from '@understory/datasets';
import { percent } from '../use/predictionText.ts';
import { drawnBoxes } from './drawnBoxes.ts';
import { svg } from './svg.ts';
import { writePicture } from './writePicture.ts';

/** Longest side of a drawing, pixels. */
const LONGEST = 4096;

export interface DrawRequest {
  /** An image file. */
  readonly image: string;
  /** A .png or .jpg file, which is written. */
  readonly file: string;
  /** Whether a file that is there may be replaced. */
  readonly overwrite: boolean;
  /** In pixels of the image as it is to be seen. */
  readonly boxes: readonly PredictedBox[];
  /** Names of the classes: their places are their colours. */
  readonly classes: readonly string[];
}

/**
 * Writes a picture with boxes, their names and probabilities; one with a side of over 4,096 pixels is made smaller. Errors:
 * `bad-image`, `write-failed`.
 */
export const drawPrediction = async ({
  image,
  file,
  overwrite,
  boxes,
  classes,
}: DrawRequest): Promise<void> => {
  const sharp = await loadSharp();
  const { data, height, width, full } = await readWholeImage(image, LONGEST);
  const [down, across] = [height / full[0], width / full[1]];
  const drawn = [...boxes].reverse().map(({ box: [top, left, bottom, right], class: name, probability }) => ({
    box: [top * down, left * across, bottom * down, right * across] as const,
    colour: classes.indexOf(name),
    text: `${name} ${percent(probability, 0)}`,
  }));
  const overlay = svg([height, width], drawnBoxes(drawn, [height, width]));
  const picture = sharp(data, { raw: { width, height, channels: 3 } })
    .composite([{ input: overlay }])
    .removeAlpha();
  const isJpeg = /\.jpe?g$/i.test(file);
  await writePicture(isJpeg ? picture.jpeg({ quality: 92 }) : picture.png(), file, overwrite);
};
