import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { NdArray, StageFeatures } from '@understory/core';
import { encodePng, spriteSheet } from '@understory/core/node';
import { writeAtomic } from '../writeAtomic.ts';

/** TensorBoard takes sprites up to this many pixels a side. */
const LARGEST = 8192;
/** Longest side of an image in the sprite, in pixels. */
const SIDE = 48;

const rowsText = ({ shape, data }: NdArray): string => {
  const [rows = 0, columns = 0] = shape;
  const row = (i: number): string =>
    Array.from(data.subarray(i * columns, (i + 1) * columns), (value) => value.toPrecision(6)).join('\t');
  return `${Array.from({ length: rows }, (_, i) => row(i)).join('\n')}\n`;
};

/** A cell of a table whose columns tabs separate. */
const cell = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** Names as files have them: of a tap `stage3/block1`, say. */
const fileName = (tap: string): string => `${tap.replaceAll(/[^\w.-]/g, '_')}.tsv`;

const quoted = (text: string): string => JSON.stringify(text);

const embeddingText = (tap: string, side: number, labelled: boolean): string =>
  [
    'embeddings {',
    `  tensor_name: ${quoted(tap)}`,
    `  tensor_path: ${quoted(`projector/${fileName(tap)}`)}`,
    ...(labelled ? ['  metadata_path: "projector/metadata.tsv"'] : []),
    `  sprite { image_path: "projector/sprite.png" single_image_dim: ${side} single_image_dim: ${side} }`,
    '}',
    '',
  ].join('\n');

/** How large an image in a sprite of so many may be. */
const sideFor = (images: readonly NdArray[], columns: number): number => {
  const own = Math.max(1, ...images.flatMap(({ shape }) => shape.slice(0, 2)));
  return Math.max(1, Math.min(SIDE, own, Math.floor(LARGEST / columns)));
};

/**
 * Writes what TensorBoard's projector shows into a folder of event files: a table of each stage's features, the images as a sprite, and
 * their classes; what names them comes last. Errors: `write-failed`.
 */
export const writeProjector = async (
  folder: string,
  { images, taps, classes }: StageFeatures,
): Promise<void> => {
  const inner = path.join(folder, 'projector');
  await mkdir(inner, { recursive: true });
  for (const [tap, features] of Object.entries(taps))
    await writeAtomic(path.join(inner, fileName(tap)), rowsText(features));
  if (classes) await writeAtomic(path.join(inner, 'metadata.tsv'), `${classes.map(cell).join('\n')}\n`);
  const columns = Math.ceil(Math.sqrt(images.length));
  const side = sideFor(images, columns);
  await writeAtomic(path.join(inner, 'sprite.png'), encodePng(spriteSheet(images, columns, side)));
  const config = Object.keys(taps).map((tap) => embeddingText(tap, side, classes !== undefined));
  await writeAtomic(path.join(folder, 'projector_config.pbtxt'), config.join(''));
};
