import { DATASET, plugin, type DatasetFactory, type SplitName } from '@understory/core';
import { z } from 'zod';
import type { Corners } from '../../boxes/annotated.ts';
import { numberOf } from '../../boxes/annotationText.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import { published, type Listed, type ListedPicture } from '../listed.ts';
import { listedDataset } from '../listedDataset.ts';
import { openRoot } from '../openListed.ts';
import { badLine, keyed, needList, readLines, Refused, type Keyed } from '../lists.ts';
import { cropOption, LISTED_OPTIONS, rootOption, trainOnOption } from '../options.ts';
import { picturesBy } from '../pictures.ts';

export const AircraftOptions = z.strictObject({
  root: rootOption('fgvc-aircraft-2013b.tar, the folder that it unpacks to, or one that holds either'),
  ...LISTED_OPTIONS,
  labels: z
    .enum(['variant', 'family', 'manufacturer'])
    .default('variant')
    .describe('100 variants, 70 families or 30 manufacturers'),
  trainOn: trainOnOption,
  strip: z
    .int()
    .min(0)
    .max(1000)
    .default(20)
    .describe(
      "rows at the bottom that are cut off, where the photographers' names stand; the dataset's name says it",
    ),
  crop: cropOption('the boxes of images_box.txt'),
});
export type AircraftOptions = z.input<typeof AircraftOptions>;
type ParsedAircraftOptions = z.output<typeof AircraftOptions>;

const CURE = 'Give fgvc-aircraft-2013b.tar (from the .tar.gz by gunzip), or the folder that it unpacks to';
const CLASSES = {
  variant: 'variants.txt',
  family: 'families.txt',
  manufacturer: 'manufacturers.txt',
} as const;

/** Lists of the splits, and what each is here. */
const LISTS = {
  'train+val': [
    ['trainval', 'train'],
    ['test', 'test'],
  ],
  train: [
    ['train', 'train'],
    ['val', 'validation'],
    ['test', 'test'],
  ],
} as const satisfies Record<string, readonly (readonly [string, SplitName])[]>;

const classesIn = (source: FileSource, labels: ParsedAircraftOptions['labels']): Promise<string[]> =>
  readLines(source, needList(source, CLASSES[labels], CURE), (lines) => {
    const names = new Set<string>();
    for (const line of lines) {
      if (names.has(line.text)) throw badLine(line, 'names a class a second time');
      names.add(line.text);
    }
    return [...names];
  });

/** Corners of pixels, which count from 1 and are part of the box. */
const boxOf = (value: string): Corners | Refused => {
  const [left, top, right, bottom, more] = value.split(/\s+/).map(numberOf);
  if (
    left === undefined ||
    top === undefined ||
    right === undefined ||
    bottom === undefined ||
    more !== undefined
  )
    return new Refused('has not the four numbers xmin, ymin, xmax and ymax of a box');
  return [top - 1, left - 1, bottom, right];
};

const nameOf = ({ labels, strip, crop }: ParsedAircraftOptions): string =>
  [
    `fgvc-aircraft-${labels}`,
    ...(strip > 0 ? [`without the lower ${strip} rows`] : []),
    ...(crop === 'box' ? ['cut to boxes'] : []),
  ].join(', ');

const read = async (source: FileSource, options: ParsedAircraftOptions): Promise<Listed> => {
  const { labels, trainOn, strip, crop } = options;
  const classes = await classesIn(source, labels);
  const known = new Map(classes.map((name, i) => [name, i]));
  const boxes: Keyed<Corners> | undefined =
    crop === 'box'
      ? await readLines(source, needList(source, 'images_box.txt', CURE), (lines) => keyed(lines, boxOf))
      : undefined;
  const find = picturesBy(source, 1);
  const pictures: ListedPicture[] = [];
  for (const [list, split] of LISTS[trainOn]) {
    const index = needList(source, `images_${labels}_${list}.txt`, CURE);
    const labelled = await readLines(source, index, (lines) =>
      keyed(lines, (name) => known.get(name) ?? new Refused(`names a class that ${CLASSES[labels]} has not`)),
    );
    for (const [id, label] of labelled) {
      const box = boxes?.get(id);
      const fault = boxes && !box ? 'images_box.txt has no box of it' : undefined;
      pictures.push({ name: `${id}.jpg`, index: find(`${id}.jpg`), split, label, box, fault });
    }
  }
  const origins = trainOn === 'train+val' ? { train: 'the official train and val images' } : {};
  const list = `images_${labels}_${LISTS[trainOn][0][0]}.txt`;
  return { name: nameOf(options), classes, pictures, list, origins, bottom: strip > 0 ? strip : undefined };
};

/**
 * FGVC-Aircraft (Maji et al. 2013): 3,334 + 3,333 + 3,333 aircraft. Trained on both halves, as is common practice, unless
 * `trainOn` says otherwise. Errors: `bad-dataset`, `bad-archive`, `bad-annotation`, `bad-image`.
 */
export const aircraft = (options: AircraftOptions): DatasetFactory =>
  listedDataset(AircraftOptions.parse(options), {
    open: openRoot([published('fgvc-aircraft-2013b', /\/variants\.txt$/)]),
    read,
  });

export const aircraftPlugin = plugin({
  token: DATASET,
  name: 'aircraft',
  summary: 'FGVC-Aircraft by variant, family or manufacturer, with a box each',
  when: 'A fine-grained benchmark whose classes form three levels.',
  source: 'Maji et al. 2013, Fine-Grained Visual Classification of Aircraft',
  options: AircraftOptions,
  paths: ['root'],
  create: aircraft,
});
