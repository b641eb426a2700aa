import { existsSync } from 'node:fs';
import path from 'node:path';
import { BOX_KINDS, dataFingerprint, type Dataset } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { boxesAt, frameAt, jpeg, leftOut, namesOf, openDataset } from '../../testing/boxes.test.support.ts';
import { packTar, writeTree } from '../../testing/temporary.test.support.ts';
import type { VocOptions } from './options.ts';
import { parseVoc } from './parseVoc.ts';
import { voc } from './voc.ts';

const object = (name: string, [xmin, ymin, xmax, ymax]: readonly (number | string)[], more = ''): string =>
  `<object><name>${name}</name>${more}<bndbox><xmin>${xmin}</xmin><ymin>${ymin}</ymin><xmax>${xmax}</xmax><ymax>${ymax}</ymax></bndbox></object>`;
const xml = (
  objects: readonly string[],
  size = '<size><width>60</width><height>40</height><depth>3</depth></size>',
): string => `<annotation><filename>of another one.jpg</filename>${size}${objects.join('')}</annotation>`;
const bytes = (text: string): Uint8Array => Buffer.from(text);

const picture = await jpeg(40, 60);
const VALID = xml([object('dog', [11, 6, 30, 25]), object('cat', [1, 1, 60, 40])]);

/** Files in Pascal VOC's folders: images by id, and lists. */
const vocTree = (
  images: Readonly<Record<string, string>>,
  lists: Readonly<Record<string, readonly string[]>> = {},
  base = 'VOC2007/',
): Record<string, Buffer | string> => ({
  ...Object.fromEntries(Object.keys(images).map((id) => [`${base}JPEGImages/${id}.jpg`, picture])),
  ...Object.fromEntries(Object.entries(images).map(([id, text]) => [`${base}Annotations/${id}.xml`, text])),
  ...Object.fromEntries(
    Object.entries(lists).map(([name, ids]) => [`${base}ImageSets/Main/${name}.txt`, ids.join('\n')]),
  ),
});
const open = (options: VocOptions, seed = 1): Promise<Dataset> =>
  openDataset(voc({ size: [40, 60], ...options }), seed);
const openTree = async (
  files: Readonly<Record<string, Buffer | string>>,
  options: Partial<VocOptions> = {},
): Promise<Dataset> => open({ root: await writeTree(files), ...options });

const ids = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => String(from + i).padStart(6, '0'));
const all = (names: readonly string[], text = VALID): Record<string, string> =>
  Object.fromEntries(names.map((id) => [id, text]));

describe('an annotation', () => {
  it('has corners from 1 on, the last pixel included, or as they stand', () => {
    const file = bytes(xml([object('dog', [11, 6, 30, 25])]));
    expect(parseVoc(file, 1)).toEqual({
      size: [40, 60],
      boxes: [{ corners: [5, 10, 25, 30], className: 'dog', kind: BOX_KINDS.ordinary }],
      without: 0,
    });
    expect(parseVoc(file, 0).boxes[0]?.corners).toEqual([6, 11, 25, 30]);
  });

  it('has its children in any order, floats, entities, comments and parts, which are no boxes', () => {
    const text = `<?xml version="1.0"?><!-- a --><annotation>
      <object><bndbox><ymax> 25.5 </ymax><xmin>1.1e1</xmin><!-- b --><ymin>6</ymin><xmax>30</xmax></bndbox>
        <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>
        <difficult>1</difficult><name>cat &amp; <![CDATA[dog]]></name></object>
      <size><height>40</height><width>60</width></size></annotation>`;
    const { boxes, size } = parseVoc(bytes(text), 1);
    expect(boxes).toEqual([
      { corners: [5, 10, 25.5, 30], className: 'cat & dog', kind: BOX_KINDS.difficult },
    ]);
    expect(size).toEqual([40, 60]);
  });

  it('is difficult only where it says so', () => {
    const kind = (more: string): number | undefined =>
      parseVoc(bytes(xml([object('a', [1, 1, 9, 9], more)])), 1).boxes[0]?.kind;
    expect(['', '<difficult>0</difficult>', '<difficult>1</difficult>'].map(kind)).toEqual([0, 0, 2]);
  });

  it('is read in the encoding that it declares', () => {
    const text = xml([object('käfer', [1, 1, 9, 9])]);
    const latin = Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${text}`, 'latin1');
    const wide = Buffer.from(`\ufeff${text}`, 'utf16le');
    for (const file of [bytes(`\ufeff${text}`), latin, wide])
      expect(parseVoc(file, 1).boxes[0]?.className).toBe('käfer');
  });

  it('without a size, or one of 0, is measured by its picture', async () => {
    const dataset = await openTree(
      {
        'a.jpg': picture,
        'a.xml': xml([object('dog', [11, 6, 30, 25])], ''),
        'b.jpg': picture,
        'b.xml': xml([object('dog', [1, 1, 60, 40])], '<size><width>0</width><height>0</height></size>'),
      },
      { testShare: 0, validation: 0 },
    );
    expect(await frameAt(dataset.train, 0)).toEqual([0, 0, 40, 60, 40, 60]);
    expect(await frameAt(dataset.train, 1)).toEqual([0, 0, 40, 60, 40, 60]);
  });

  it.each([
    ['cut off', VALID.slice(0, -20), /no sound XML/],
    ['of another kind', '<html></html>', /it is <html>, and Pascal VOC has <annotation>/],
    ['empty', '', /no sound XML|it is <>/],
    [
      'a bomb of entities',
      `<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;">]><annotation>&y;</annotation>`,
      /undefined entity/,
    ],
    [
      'a reach for a file',
      `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation><object><name>&x;</name></object></annotation>`,
      /undefined entity/,
    ],
    ['deep', `${'<annotation>'.repeat(40)}${'</annotation>'.repeat(40)}`, /over 32 deep/],
    [
      'without a corner',
      xml(['<object><name>a</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax></bndbox></object>']),
      /a <bndbox> has no <ymax>/,
    ],
    [
      'without a name',
      xml(['<object><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object>']),
      /has no <name>/,
    ],
    ['with a word for a number', xml([object('a', ['left', 1, 9, 9])]), /<xmin> is "left", no number/],
    [
      'with a corner twice',
      xml([object('a', [1, 1, 9, 9]).replace('<xmin>', '<xmin>3</xmin><xmin>')]),
      /stands twice/,
    ],
    ['not text', Buffer.from([0x3c, 0x61, 0xff, 0xfe, 0x80]).toString('latin1'), /no sound XML|not text/],
  ])('%s is refused', (_, text, message) => {
    expect(() => parseVoc(bytes(text), 1)).toThrow(message);
  });
});

describe('voc', () => {
  it('reads the folders of Pascal VOC by its lists, in a folder and in a tar', async () => {
    const files = vocTree(all(ids(6)), {
      train: ids(3),
      val: ids(1, 3),
      trainval: ids(4),
      test: [`${ids(1, 4)[0]}  1`, `${ids(1, 5)[0]} -1`],
    });
    const folder = await writeTree(files);
    for (const root of [folder, await packTar(folder)]) {
      const dataset = await open({ root });
      const { train, validation, test, classes } = dataset;
      expect([train.length, validation.length, test.length]).toEqual([3, 1, 1]);
      expect(classes).toEqual(['cat', 'dog']);
      expect(namesOf(test)).toEqual(['VOC2007/JPEGImages/000004.jpg']);
      expect(await boxesAt(train, 0)).toEqual([
        [5, 10, 25, 30, 1, 0, 400],
        [0, 0, 40, 60, 0, 0, 2400],
      ]);
      expect(leftOut(dataset)).toEqual({ 'images in no list of a split': 1 });
      expect(dataset.fit).toBe('contain');
      expect(train.groups).toBeUndefined();
    }
  });

  it('joins years, and names lists by them', async () => {
    const files = {
      ...vocTree(all(ids(2)), { trainval: ids(2) }),
      ...vocTree(all(ids(3)), { train: ids(2), val: ids(1, 2), trainval: ids(3) }, 'VOC2012/'),
    };
    const auto = await openTree(files);
    expect(namesOf(auto.train).length).toBe(4);
    expect(namesOf(auto.validation)).toEqual(['VOC2012/JPEGImages/000002.jpg']);
    const named = await openTree(files, {
      splits: { train: ['VOC2007/trainval', 'VOC2012/train'], test: 'val' },
      validation: 0,
    });
    expect([named.train.length, named.test.length]).toEqual([4, 1]);
    await expect(openTree(files, { splits: { train: 'trainval' } })).rejects.toThrow(
      'it has several lists "trainval", which splits.train names. It has VOC2007/trainval, VOC2012/trainval',
    );
    await expect(openTree(files, { splits: { train: 'trian' } })).rejects.toThrow('no list "trian"');
  });

  it('refuses an image that is listed for two splits', async () => {
    const files = vocTree(all(ids(3)), { train: ids(2), val: ids(2, 1) });
    await expect(openTree(files)).rejects.toThrow('image 000001 is listed for train and for validation');
  });

  it('counts what has no partner', async () => {
    const files = vocTree(all(ids(4)), { train: [...ids(4), 'gone'], val: [] });
    delete files['VOC2007/Annotations/000003.xml'];
    const dataset = await openTree({ ...files, 'VOC2007/Annotations/alone.xml': VALID });
    expect(leftOut(dataset)).toMatchObject({
      'images without an annotation file': 1,
      'annotation files without an image': 1,
      'listed images that are not there': 1,
    });
  });

  it('reads images with XML files beside them, and splits by folders', async () => {
    const dataset = await openTree({
      'train/a.jpg': picture,
      'train/a.xml': VALID,
      'valid/images/b.jpg': picture,
      'valid/annotations/b.xml': VALID,
      'test/c.jpg': picture,
      'test/c.xml': VALID,
    });
    expect([dataset.train, dataset.validation, dataset.test].map(namesOf)).toEqual([
      ['train/a.jpg'],
      ['valid/images/b.jpg'],
      ['test/c.jpg'],
    ]);
  });

  it('takes test images by their names, and validation images by the seed, where there are no lists', async () => {
    const root = await writeTree(vocTree(all(ids(20))));
    const [one, other] = [await open({ root }, 1), await open({ root }, 2)];
    expect([one.train.length, one.validation.length, one.test.length]).toEqual([14, 2, 4]);
    expect(namesOf(one.test)).toEqual(namesOf(other.test));
    expect(namesOf(one.validation)).not.toEqual(namesOf(other.validation));
    expect(one.origins).toMatchObject({ validation: 'taken from train', test: 'taken from train' });
    const [a, b] = [await dataFingerprint(one), await dataFingerprint(await open({ root }, 1))];
    expect(a).toEqual(b);
  });

  it('names a file that cannot be read, or leaves its image out', async () => {
    const root = await writeTree(vocTree({ ...all(ids(4)), bad: '<annotation><object>' }));
    await expect(open({ root })).rejects.toThrow(
      /Cannot read VOC2007\/Annotations\/bad.xml in .*no sound XML/,
    );
    const dataset = await open({ root, onBadAnnotation: 'skip' });
    expect(leftOut(dataset)).toEqual({ 'images whose annotation cannot be read': 1 });
  });

  it('says what to arrange where nothing is a pair', async () => {
    await expect(openTree({ 'a.jpg': picture, 'b.xml': VALID })).rejects.toThrow(
      'it has 1 images and 1 XML files, and no pair of one name',
    );
    await expect(openTree({ 'a.jpg': picture, 'a.png': picture, 'a.xml': VALID })).rejects.toThrow(
      'a.jpg and a.png are two images of one name',
    );
  });
});

const bccd = path.resolve(import.meta.dirname, '../../../../../../shared/data/bccd.tar');
describe.skipIf(!existsSync(bccd))('BCCD', () => {
  it('opens by its own lists and reads', async () => {
    const { classes, train, validation, test } = await openDataset(voc({ root: bccd, size: [240, 320] }));
    expect(classes).toEqual(['Platelets', 'RBC', 'WBC']);
    expect([train.length, validation.length, test.length]).toEqual([205, 87, 72]);
    expect((await train.read([0, 1])).length).toBe(2 * 240 * 320 * 3);
    expect(await frameAt(test, 0)).toEqual([0, 0, 240, 320, 480, 640]);
  });
});
