import { classSamples, type Samples } from '@understory/core';
import { badDataset } from '../errors.ts';
import { checkPosition } from '../samples/samples.ts';
import type { FileSource } from '../sources/fileSource.ts';
import type { IdxPair } from './idxFiles.ts';
import { readIdx, type Idx } from './readIdx.ts';

/** Pictures as they are stored, with a label each. */
export interface Pictures {
  readonly count: number;
  readonly size: readonly [height: number, width: number];
  /** 1 grey, 3 red, green and blue. */
  readonly channels: 1 | 3;
  /** [N, H, W, channels] */
  readonly data: Uint8Array;
  /** [N], as they are stored. */
  readonly labels: Uint8Array;
}

const MAX_SIDE = 4096;

const pathOf = (source: FileSource, index: number): string => source.files[index]?.path ?? '';

/** Rows and columns of each picture exchanged. */
const transposed = ({ count, size, channels, data, labels }: Pictures): Pictures => {
  const [height, width] = size;
  const out = new Uint8Array(data.length);
  for (let n = 0, to = 0; n < count; n++)
    for (let x = 0; x < width; x++)
      for (let y = 0; y < height; y++) {
        const from = ((n * height + y) * width + x) * channels;
        for (let c = 0; c < channels; c++) out[to++] = data[from + c]!;
      }
  return { count, size: [width, height], channels, data: out, labels };
};

const checkedPictures = (images: Idx, labels: Idx, bad: (what: string) => Error): Pictures => {
  const [count = 0, height = 0, width = 0, channels = 1] = images.shape;
  const isShape = images.shape.length >= 3 && (channels === 1 || channels === 3);
  const isSide = (side: number): boolean => side >= 1 && side <= MAX_SIDE;
  if (!isShape || !isSide(height) || !isSide(width))
    throw bad(
      `holds numbers of shape ${images.shape.join(' x ')}, which are no images; expected N x height x width`,
    );
  if (labels.shape.length !== 1 || labels.shape[0] !== count)
    throw bad(`holds ${count} images, and there are labels of shape ${labels.shape.join(' x ')} beside it`);
  if (count === 0) throw bad('holds no image');
  return {
    count,
    size: [height, width],
    channels: channels,
    data: images.data,
    labels: labels.data,
  };
};

/** The pictures of a split. Errors: `bad-dataset`. */
export const picturesOf = async (
  source: FileSource,
  { images, labels }: IdxPair,
  { transpose }: { readonly transpose: boolean },
): Promise<Pictures> => {
  const bad = (what: string): Error => badDataset(source.name, `${pathOf(source, images)} ${what}`);
  const pictures = checkedPictures(await readIdx(source, images), await readIdx(source, labels), bad);
  return transpose ? transposed(pictures) : pictures;
};

const joinedBytes = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
};

/** Both splits as one. Errors: `bad-dataset` where their pictures are of two sizes. */
export const joined = (source: FileSource, train: Pictures, test: Pictures | undefined): Pictures => {
  if (!test) return train;
  const sizeOf = ({ size, channels }: Pictures): string => [...size, channels].join(' x ');
  if (sizeOf(train) !== sizeOf(test))
    throw badDataset(
      source.name,
      `its training images are ${sizeOf(train)}, its test images ${sizeOf(test)}. Give two files of one dataset`,
    );
  return {
    ...train,
    count: train.count + test.count,
    data: joinedBytes(train.data, test.data),
    labels: joinedBytes(train.labels, test.labels),
  };
};

/** Pictures as samples of one class each; grey ones get three equal channels when they are read. */
export const pictureSamples = (
  { count, size, channels, data }: Pictures,
  labels: Int32Array,
  trained: number,
): Samples => {
  const stored = size[0] * size[1] * channels;
  const each = 3 / channels;
  return classSamples({
    length: count,
    size,
    labels,
    describe: (i) => (i < trained ? `train image ${i}` : `test image ${i - trained}`),
    // eslint-disable-next-line @typescript-eslint/require-await -- turns a bad position into a rejection
    read: async (positions) => {
      const out = new Uint8Array(positions.length * stored * each);
      let to = 0;
      for (let i = 0; i < positions.length; i++) {
        const at = positions[i]!;
        checkPosition(at, count);
        for (let from = at * stored; from < (at + 1) * stored; from++)
          for (let c = 0; c < each; c++) out[to++] = data[from]!;
      }
      return out;
    },
  });
};
