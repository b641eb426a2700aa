import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../testing/boxes.test.support.ts';
import { miniature } from '../testing/listed.test.support.ts';
import { golden, pairsOf, splitsOf, type Tree } from '../testing/listedGolden.test.support.ts';
import { writeTree } from '../testing/temporary.test.support.ts';

type Rectangle = readonly [top: number, left: number, bottom: number, right: number];
const [HEIGHT, WIDTH] = [28, 12];
const [INSIDE, OUTSIDE] = [200, 10];

/** A picture that is light in a rectangle alone. */
const lit = (rectangle: Rectangle, height = HEIGHT): Promise<Buffer> => {
  const [top, left, bottom, right] = rectangle;
  const data = new Uint8Array(height * WIDTH * 3).map((_, i) => {
    const [y, x] = [Math.floor(i / 3 / WIDTH), Math.floor(i / 3) % WIDTH];
    return y >= top && y < bottom && x >= left && x < right ? INSIDE : OUTSIDE;
  });
  // The format is told by the content: a PNG keeps every pixel.
  return sharp(data, { raw: { width: WIDTH, height, channels: 3 } })
    .png()
    .toBuffer();
};

/** The tree with each picture light where its box is. */
const litTree = async (tree: Tree, boxOf: (name: string, at: number) => Rectangle): Promise<Tree> => {
  const entries: [string, Buffer | string][] = [];
  let at = 0;
  for (const [name, data] of Object.entries(tree))
    entries.push([name, name.endsWith('.jpg') ? await lit(boxOf(name, at++)) : data]);
  return Object.fromEntries(entries);
};

/** Boxes of the pictures, as the lists say them, from 0 on and without their last row and column. */
const BOXES: Readonly<Record<string, (name: string, at: number) => Rectangle>> = {
  cub: (name) => {
    const kind = Number(/images\/0*(\d+)\./.exec(name)?.[1]);
    const nth = Number(/_(\d{4})_\d+\.jpg/.exec(name)?.[1]);
    const left = 1 + (kind === 10 ? 2 : kind - 1);
    return [2, left, 2 + Math.ceil(3 + nth / 2), left + 4];
  },
  cars: (name) => {
    const nth = Number(/(\d+)\.jpg/.exec(name)?.[1]) - 1;
    return [2, 1 + nth, 5 + (nth % 2), 6];
  },
  dogs: () => [0, 1, 8, 7],
  aircraft: (name) => {
    const id = /(\d+)\.jpg/.exec(name)?.[1] ?? '';
    const { trainval, test } = golden.aircraft.variant;
    const label = [...trainval, ...test].find(([one]) => one === `${id}.jpg`)?.[1] ?? 0;
    return [2, 1, 5 + label, 6];
  },
};

describe.each(Object.entries(BOXES))('boxes of %s', (name, boxOf) => {
  it('cut each picture to what the list says, and the name says so', async () => {
    const { open, tree } = miniature(name);
    const root = await writeTree(await litTree(tree, boxOf));
    const whole = await openDataset(open({ root }));
    const cut = await openDataset(open({ root, crop: 'box', check: true }));
    expect(cut.name).toMatch(/, cut to boxes$/);
    expect(whole.name).not.toMatch(/box/);
    for (const split of ['train', 'test'] as const) {
      const all = Array.from({ length: cut[split].length }, (_, i) => i);
      expect(new Set(await cut[split].read(all))).toEqual(new Set([INSIDE]));
      expect(new Set(await whole[split].read(all)).has(OUTSIDE)).toBe(true);
    }
    expect({ ...splitsOf(cut) }).toEqual(splitsOf(whole));
  });
});

describe('a box', () => {
  const { open, tree } = miniature('cub');
  const boxes = 'CUB_200_2011/bounding_boxes.txt';
  const withLine = (line: string): Promise<string> =>
    writeTree({ ...tree, [boxes]: String(tree[boxes]).replace(/^3 .*$/m, line) });

  it('that lies outside of its picture is an error that names both', async () => {
    const root = await withLine('3 12.0 0.0 4.0 3.0');
    // What was found of whole pictures is kept, and says nothing of cut ones.
    await openDataset(open({ root, check: true }));
    await expect(openDataset(open({ root, crop: 'box', check: true }))).rejects.toThrow(
      /1 image cannot be read: .+_0002_158\.jpg: its box \(top, left, bottom, right: 0, 12, 3, 16\) has no pixel of its 12 x 28/,
    );
    const dataset = await openDataset(open({ root, crop: 'box', onBadImage: 'skip' }));
    expect(dataset.leftOut).toMatchObject([{ reason: 'images that cannot be read', count: 1 }]);
  });

  it('is not looked at where pictures stay whole', async () => {
    const dataset = await openDataset(open({ root: await withLine('3 nonsense'), check: true }));
    expect(dataset.leftOut).toEqual([]);
  });
});

describe('the strip at the bottom of an aircraft', () => {
  const { open, tree } = miniature('aircraft');

  it('is cut off by default, and said', async () => {
    const root = await writeTree(await litTree(tree, () => [0, 0, 8, WIDTH]));
    const cut = await openDataset(open({ root }));
    expect(cut.name).toBe('fgvc-aircraft-variant, without the lower 20 rows');
    expect(new Set(await cut.train.read([0, 1, 2]))).toEqual(new Set([INSIDE]));
    const whole = await openDataset(open({ root, strip: 0 }));
    expect(whole.name).toBe('fgvc-aircraft-variant');
    expect(new Set(await whole.train.read([0])).has(OUTSIDE)).toBe(true);
  });

  it('is an error where a picture has no more than it', async () => {
    const low = await lit([0, 0, 20, WIDTH], 20);
    const root = await writeTree({ ...tree, 'fgvc-aircraft-2013b/data/images/0034309.jpg': low });
    await expect(openDataset(open({ root, check: true }))).rejects.toThrow(
      /0034309\.jpg: 20 pixels high, and the lower 20 are to be cut off/,
    );
  });
});

describe('official validation images', () => {
  it('are trained on too unless the option says otherwise, and that is said', async () => {
    for (const name of ['flowers', 'aircraft'] as const) {
      const { open, tree, train } = miniature(name);
      const root = await writeTree(tree);
      const { train: own, val } = name === 'flowers' ? golden.flowers : golden.aircraft.variant;
      const joined = await openDataset(open({ root }));
      expect(joined.origins?.train).toMatch(/^the official train and val images/);
      expect(pairsOf(joined.train)).toEqual(train);
      const apart = await openDataset(open({ root, trainOn: 'train', validation: 0.5 }));
      expect(pairsOf(apart.train)).toEqual(own);
      expect(pairsOf(apart.validation)).toEqual(val);
      expect(apart.origins?.validation).toBeUndefined();
    }
  });
});

describe('labels of aircraft', () => {
  it('are those of the level, as torchvision has them', async () => {
    const { open, tree } = miniature('aircraft');
    const root = await writeTree(tree);
    for (const labels of ['variant', 'family', 'manufacturer'] as const) {
      const dataset = await openDataset(open({ root, labels }));
      const { classes, trainval, test } = golden.aircraft[labels];
      expect(dataset.classes).toEqual(classes);
      expect([pairsOf(dataset.train), pairsOf(dataset.test)]).toEqual([trainval, test]);
      expect(dataset.name).toContain(labels);
    }
  });
});

describe('limits', () => {
  it('draw evenly from all classes', async () => {
    const { open, tree } = miniature('dogs');
    const dataset = await openDataset(open({ root: await writeTree(tree), limit: { train: 3, test: 3 } }));
    expect(pairsOf(dataset.train).map(([, label]) => label)).toEqual([0, 1, 2]);
    expect(dataset.leftOut.map(({ reason }) => reason)).toEqual([
      'over the limit of 3 for train',
      'over the limit of 3 for test',
    ]);
  });
});
