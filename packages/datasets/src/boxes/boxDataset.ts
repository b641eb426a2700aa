import path from 'node:path';
import { type Dataset, type DatasetFactory, type Normalization, type Seed } from '@understory/core';
import type { DecodeOptions } from '../image/decodeImage.ts';
import { countLeftOut } from '../images/leftOut.ts';
import { linkOrigins, sharedImages } from '../images/origins.ts';
import { splitItems } from '../images/splitItems.ts';
import { meanColour, normalizationOf } from '../normalization.ts';
import { drawn, subset } from '../samples/samples.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { openSource } from '../sources/openSource.ts';
import { cutToLimits } from '../splits/limits.ts';
import type { Annotated, AnnotatedImage, Reading } from './annotated.ts';
import { boxSamples, decodeAt } from './boxSamples.ts';
import type { ParsedBoxOptions } from './options.ts';
import { isBySides, placesOf } from './places.ts';
import { soundImages } from './soundImages.ts';
import { fewerBoxes, usedBoxes } from './usedBoxes.ts';

/** Reads a format's annotations: which images there are, with their boxes as they stand there. */
export type AnnotationReader<Options> = (
  source: FileSource,
  options: Options,
  reading: Reading,
) => Promise<Annotated>;

type DecodeOf = (images: readonly AnnotatedImage[]) => (position: number) => DecodeOptions;

const sizesOf = (images: readonly AnnotatedImage[]): AnnotatedImage['size'][] =>
  images.map(({ size }) => size);

const decoderOf = (options: ParsedBoxOptions, { mean }: Normalization): DecodeOf => {
  const fill = meanColour(mean);
  return (images) => decodeAt(images, placesOf(sizesOf(images), options.size), { ...options, fill });
};

const mostBoxes = (images: readonly AnnotatedImage[]): number =>
  images.reduce((most, { boxes }) => Math.max(most, boxes.length), 1);

/** How pictures come into the network's images. */
const framingOf = ({ size }: ParsedBoxOptions): Pick<Dataset, 'fit' | 'sides'> => ({
  fit: 'contain',
  ...(isBySides(size) && { sides: size }),
});

const datasetOf = async (
  found: Annotated,
  options: ParsedBoxOptions,
  { seed, reading }: { readonly seed: Seed; readonly reading: Reading },
): Promise<Omit<Dataset, 'close'>> => {
  const { left } = reading;
  const normalization = normalizationOf(options.normalization);
  const decodeOf = decoderOf(options, normalization);
  const sound = await soundImages(found.images, decodeOf, options, reading);
  const used = usedBoxes({ ...found, images: sound }, options, left);
  const { positions, origins } = splitItems(used.images, new Int32Array(used.images.length), options, seed);
  const trained = new Set(positions.train);
  const images = used.images.map((image, i) =>
    options.most !== undefined && trained.has(i) ? fewerBoxes(image, options.most, left) : image,
  );
  const all = boxSamples(images, {
    classes: used.classes,
    most: mostBoxes(images),
    places: placesOf(sizesOf(images), options.size),
    decode: decodeOf(images),
    fill: meanColour(normalization.mean),
    cacheBytes: options.cache * 2 ** 20,
  });
  const whole = {
    train: subset(all, positions.train),
    validation: subset(all, positions.validation),
    test: subset(all, positions.test),
  };
  const { leftOut, ...splits } = cutToLimits(whole, { limit: options.limit, seed }, drawn);
  return {
    name: path.basename(options.root).replace(/\.(tar|tar\.gz|tgz|zip)$/, ''),
    classes: used.classes,
    normalization,
    ...framingOf(options),
    ...(found.ids && { ids: found.ids }),
    leftOut: [...countLeftOut(left), ...leftOut],
    origins: sharedImages(images, positions, linkOrigins(images, positions, origins)),
    ...splits,
  };
};

/** A dataset of one source whose annotations `read` reads. Errors: `bad-dataset`, `bad-archive`, `bad-image`. */
export const boxDataset =
  <Options extends ParsedBoxOptions>(options: Options, read: AnnotationReader<Options>): DatasetFactory =>
  async ({ seed, progress }) => {
    const source = await openSource(options.root, options.links);
    try {
      const reading: Reading = { left: [], ...(progress && { progress }) };
      const found = await read(source, options, reading);
      const dataset = await datasetOf(found, options, { seed, reading });
      return { ...dataset, close: () => source.close() };
    } catch (error) {
      await source.close();
      throw error;
    }
  };
