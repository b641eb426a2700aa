import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { classesOf, UnderstoryError, type Dataset, type Samples } from '@understory/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixture, golden, sha256 } from '../testing/golden.test.support.ts';
import { leftOut, namesOf, openDataset } from '../testing/boxes.test.support.ts';
import { packTar, request, temporaryFolder, writeTree } from '../testing/temporary.test.support.ts';
import { plain } from '../testing/pictures.test.support.ts';
import type { TableOptions } from './options.ts';
import { table } from './table.ts';

interface Golden {
  readonly rows: readonly { file_name: string; label: string; split: string; sha256: string }[];
  readonly forms: Readonly<Record<string, string>>;
}
// testdata/table.py: what Python's csv and Pillow read from the same files.
const { rows, forms } = golden('table.json') as Golden;
const SPLITS = { train: 'train', val: 'validation', test: 'test' } as const;

const open = (options: Partial<TableOptions> & { root: string }): Promise<Dataset> =>
  openDataset(table({ validation: 0, ...options }));

const told = async (files: Record<string, Uint8Array | string>, options: object = {}): Promise<string> => {
  const root = await writeTree(files);
  const error: unknown = await table({ root, ...options })(request()).catch((e: unknown) => e);
  if (!(error instanceof UnderstoryError)) return `no error: ${String(error)}`;
  expect(error.message.length).toBeLessThan(400);
  return error.message.slice(error.message.indexOf(': ') + 2);
};

const checkRows = async (dataset: Dataset): Promise<void> => {
  for (const [said, split] of Object.entries(SPLITS)) {
    const samples: Samples = dataset[split];
    const own = rows.filter((row) => row.split === said);
    expect(namesOf(samples)).toEqual(own.map((row) => `pictures/${row.file_name}`));
    expect(Array.from(classesOf(samples), (c) => dataset.classes[c])).toEqual(own.map((row) => row.label));
    for (const [i, row] of own.entries()) expect(sha256(await samples.read([i]))).toBe(row.sha256);
  }
};

let png: Uint8Array;
beforeAll(async () => {
  png = await plain([9, 99, 199], 4, 4).png().toBuffer();
});

/** Images of these names beside a table. */
const tree = (
  names: readonly string[],
  tables: Readonly<Record<string, string>>,
): Record<string, Uint8Array | string> => ({
  ...Object.fromEntries(names.map((name) => [name, png])),
  ...tables,
});
const ABCD = ['a.png', 'b.png', 'c.png', 'd.png'];

describe('a table of paths and labels is what Python reads', () => {
  it('in a folder, a tar, and as a file', async () => {
    const root = fixture('table');
    for (const one of [root, await packTar(root, true), path.join(root, 'labels.csv')]) {
      const dataset = await open({ root: one, images: 'pictures' });
      await checkRows(dataset);
      expect(dataset.classes).toEqual(['10', 'a "tall" giraffe', 'cat', 'dog, small', 'zwei\nZeilen', 'été']);
      expect(dataset.leftOut).toEqual([]);
      expect(dataset.origins).toEqual({});
    }
  });

  it.each(Object.keys(forms))('%s', async (name) => {
    const root = await temporaryFolder();
    await cp(fixture('table/pictures'), path.join(root, 'pictures'), { recursive: true });
    await writeFile(path.join(root, name), forms[name]!);
    await checkRows(await open({ root, images: 'pictures' }));
    if (name === 'crlf.csv') {
      await writeFile(path.join(root, name), Buffer.from(`\ufeff${forms[name]!}`, 'utf16le'));
      await checkRows(await open({ root, images: 'pictures' }));
    }
  });

  it('with images that lie elsewhere', async () => {
    const root = await writeTree({ 'labels.csv': await readFile(fixture('table/labels.csv')) });
    const images = await packTar(fixture('table/pictures'));
    const { train, classes } = await open({ root: path.join(root, 'labels.csv'), images });
    expect(train.describe(0)).toBe('train/00,x.png');
    expect(classes).toHaveLength(6);
    const place = (written: string): string => path.join(path.dirname(images), written);
    const options = { root, images: path.basename(images), validation: 0 };
    const placed = await openDataset(table(options, place)); // not in the root, so it is a path
    expect(placed.train.describe(0)).toBe('train/00,x.png');
  });
});

describe('splits', () => {
  it('are several files, or held out as images does', async () => {
    const [head, cat] = ['path,label\n', (name: string) => `${name}.png,cat\n`];
    const files = tree(ABCD, {
      'train.csv': head + cat('a') + cat('b'),
      'val.csv': head + cat('c'),
      'my_test.csv': head + cat('d'),
    });
    const dataset = await open({ root: await writeTree(files) });
    expect([dataset.train, dataset.validation, dataset.test].map(namesOf)).toEqual([
      ['a.png', 'b.png'],
      ['c.png'],
      ['d.png'],
    ]);
    const alone = tree(ABCD, { 'train.csv': head + ABCD.map((name) => `${name},cat\n`).join('') });
    const held = await open({ root: await writeTree(alone), testShare: 0.5 });
    expect([held.train.length, held.test.length]).toEqual([2, 2]);
    expect(held.origins).toMatchObject({ test: 'taken from train' });
    const named = { train: 'my_test.csv', test: 'train.csv' };
    const chosen = await open({ root: await writeTree(files), table: named });
    expect(namesOf(chosen.train)).toEqual(['d.png']);
    expect(leftOut(chosen)).toEqual({ 'images that no row names': 1 });
  });

  it('are what the option says, and rows of others are counted', async () => {
    const csv = 'path,label,fold\na.png,x,1\nb.png,x,2\nc.png,y,1\nd.png,x,9\n';
    const root = await writeTree(tree(ABCD, { 'all.csv': csv }));
    const {
      train,
      test,
      leftOut: left,
    } = await open({ root, columns: { split: 'fold' }, splits: { train: '1', test: ['2'] } });
    expect([namesOf(train), namesOf(test)]).toEqual([['a.png', 'c.png'], ['b.png']]);
    expect(left).toEqual([
      {
        reason: 'of a split that the option splits leaves out (9)',
        count: 1,
        examples: ['all.csv:5: d.png'],
      },
    ]);
    expect(await told(tree(ABCD, { 'all.csv': csv }), { columns: { split: 'fold' } })).toMatch(
      /^line 2: its split is "1"; say with the dataset's option splits/,
    );
  });
});

describe('columns', () => {
  const cells = 'filepaths,labels,data set\na.png,cat,train\nb.png,cat,test\nc.png,dog,train\n';
  it('are found by usual names, or named, or positions', async () => {
    const root = await writeTree(tree(ABCD, { 'l.csv': cells }));
    expect(namesOf((await open({ root })).test)).toEqual(['b.png']);
    expect(
      (await open({ root, columns: { label: 'data set', split: false }, testShare: 0 })).classes,
    ).toEqual(['test', 'train']);
    const bare = await writeTree(tree(ABCD, { 'l.csv': 'a.png;7\nb.png;10\nc.png;9\n' }));
    const { classes, train } = await open({ root: bare, header: false, testShare: 0 });
    expect(classes).toEqual(['7', '9', '10']);
    expect(Array.from(classesOf(train))).toEqual([0, 2, 1]);
    const wide = await writeTree(tree(ABCD, { 'l.csv': '1 a cat\n2 c dog\n' }));
    const spaced = await open({
      root: wide,
      header: false,
      separator: ' ',
      extension: '.png',
      columns: { path: 1, label: 2 },
      testShare: 0,
    });
    expect(spaced.classes).toEqual(['cat', 'dog']);
  });

  it.each<[string, string, object, RegExp]>([
    [
      'no path',
      'x,label\na.png,cat\n',
      {},
      /no column of it is named like a path: it has "x", "label".*columns: \{ path/,
    ],
    [
      'two paths',
      'path,file,label\na.png,a.png,cat\n',
      {},
      /"path", "file" may all be the path.*columns: \{ path: "path" \}/,
    ],
    [
      'a name that is not there',
      'path,label\na.png,cat\n',
      { columns: { label: 'lable' } },
      /no column "lable".*Did you mean "label"/,
    ],
    [
      'a position too far',
      'path,label\na.png,cat\n',
      { columns: { label: 2 } },
      /columns.label is 2, and it has 2 columns/,
    ],
    ['two separators', 'path,label;x\na.png,cat;1\n', {}, /has , and ; in it.*option separator/],
    ['no names', 'a.png,cat,1\n', { header: false }, /3 columns without names.*columns: \{ path: 0/],
    ['nothing', '\n\n', {}, /it has no row/],
    ['no text', '\xff\xfe\xff', {}, /no row|not text|no column/],
  ])('refuses %s', async (_, csv, options, expected) => {
    expect(await told(tree(ABCD, { 'l.csv': csv }), options)).toMatch(expected);
  });

  it('refuses tables of which it is not clear what they are', async () => {
    const csv = 'path,label\na.png,cat\n';
    expect(await told(tree(ABCD, { 'a.csv': csv, 'b.csv': csv }))).toMatch(
      /a.csv, b.csv, and which table is of which split is not clear/,
    );
    expect(await told(tree(ABCD, { 'val.csv': csv, 'test.csv': csv }))).toMatch(
      /none of them is to train on/,
    );
    expect(await told(tree(ABCD, {}))).toMatch(/it has no table/);
    expect(await told(tree(ABCD, { 'a.csv': csv }), { table: 'b.csv' })).toMatch(
      /no file "b.csv".*It has a.csv/,
    );
    expect(await told(tree(ABCD, { 'a.csv': csv }), { images: 'nowhere' })).toMatch(
      /neither a folder of it nor/,
    );
  });
});

describe('rows', () => {
  const with_ = (lines: string): Record<string, Uint8Array | string> =>
    tree(ABCD, { 'l.csv': `path,label\n${lines}` });
  it.each<[string, string, RegExp]>([
    ['an image that is not there', 'a.png,cat\nx/e.png,cat\n', /^line 3: no image "x\/e.png".*option images/],
    [
      'one that lies elsewhere',
      'z/a.png,cat\n',
      /line 2: no image "z\/a.png". a.png is there: say with the dataset's option images/,
    ],
    ['one without its extension', 'a,cat\n', /a.png is there: the option extension \(".png"\)/],
    ['a path that climbs', '../../etc/passwd,cat\n', /line 2: no image/],
    ['an absolute path', '/etc/passwd,cat\n', /line 2: no image/],
    ['no label', '"a.png",\n', /line 2: its label is "" \(a.png\)/],
    ['no path', ',cat\n', /line 2: its path is ""/],
    ['a cell too many', 'a.png,cat\nb.png,cat,7\n', /line 3: 3 cells, and the first row has 2/],
    ['a quote that is not closed', 'a.png,"cat\nb.png,dog\n', /line 2: a quote is not closed/],
    ['text behind a quote', '"a.png"x,cat\n', /line 2: (something stands behind a closing quote|a quote)/],
    [
      'two labels for an image',
      'a.png,cat\na.png,dog\n',
      /line 3: a.png is dog, and line 2 says cat.*option several/,
    ],
  ])('refuses %s, with the line, the value and a cure', async (_, lines, expected) => {
    expect(await told(with_(lines))).toMatch(expected);
  });

  it('that cannot be used are left out and counted where that is asked for', async () => {
    const root = await writeTree(
      with_('a.png,cat\nb.png,\nnone.png,dog\nc.png,dog\na.png,cat\n"x\ny",1,2\n'),
    );
    const { train, leftOut: left } = await open({ root, onBadRow: 'skip', testShare: 0 });
    expect(namesOf(train)).toEqual(['a.png', 'c.png']);
    expect(left.map(({ reason, count }) => [reason, count])).toEqual([
      ['rows that cannot be used', 3],
      ['rows that say of an image what another row says', 1],
      ['images that no row names', 1],
    ]);
    expect(left[0]!.examples[2]).toMatch(/^l.csv:7: 3 cells/);
  });

  it('of labels in numbers take names by the option classes', async () => {
    const root = await writeTree(with_('a.png,0\nb.png,2\nc.png,1\nd.png,0\n'));
    const { classes, train } = await open({ root, classes: ['x', 'y', 'z'], testShare: 0 });
    expect([classes, Array.from(classesOf(train))]).toEqual([
      ['x', 'y', 'z'],
      [0, 2, 1, 0],
    ]);
    expect(await told(with_('a.png,3\n'), { classes: ['x', 'y'] })).toMatch(
      /label 3, and the option classes names 2/,
    );
    const some = await open({
      root: await writeTree(with_('a.png,x\nb.png,y\n')),
      classes: ['y'],
      testShare: 0,
    });
    expect(leftOut(some)).toMatchObject({ 'images of a class that the option classes leaves out x': 1 });
    expect(await told(with_('a.png,cat\n'), { classes: ['cot'] })).toMatch(
      /names "cot", which no row has. Did you mean "cat"/,
    );
  });

  it('of classes that only test images have are refused', async () => {
    const csv = 'path,label,split\na.png,cat,train\nb.png,dog,test\n';
    expect(await told(tree(ABCD, { 'l.csv': csv }))).toMatch(/no training images of class dog/);
  });
});

describe('several labels an image', () => {
  it('are a target of zeros and ones', async () => {
    const csv = 'path,label\na.png,red|round\nb.png,\nc.png,round | blue\n';
    const json =
      '{"path":"a.png","label":["red","round"]}\n{"path":"b.png","label":[]}\n{"path":"c.png","label":["round","blue"]}\n';
    for (const file of [{ 'l.csv': csv }, { 'l.jsonl': json }]) {
      const { train, classes } = await open({
        root: await writeTree(tree(ABCD, file)),
        several: '|',
        testShare: 0,
      });
      expect(classes).toEqual(['blue', 'red', 'round']);
      expect(train.targets).toEqual({ labels: { kind: 'labels', dtype: 'uint8', shape: [3] } });
      const { labels } = await train.readTargets([2, 0, 1]);
      expect(labels).toMatchObject({ shape: [3, 3], data: Uint8Array.of(1, 0, 1, 0, 1, 1, 0, 0, 0) });
    }
    expect(await told(tree(ABCD, { 'l.jsonl': json }))).toMatch(
      /line 1: its label is a list of labels, which the option several takes/,
    );
    const { leftOut: left } = await open({
      root: await writeTree(tree(ABCD, { 'l.csv': csv })),
      several: '|',
      classes: ['red', 'blue'],
      testShare: 0,
    });
    expect(left[1]).toMatchObject({
      reason: 'labels of a class that the option classes leaves out',
      className: 'round',
      count: 2,
    });
  });
});
