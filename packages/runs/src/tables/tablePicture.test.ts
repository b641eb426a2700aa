import { tables, type Table } from '@understory/recipes/experiments';
import { describe, expect, it } from 'vitest';
import type { KeptResult } from './keptResults.ts';
import type { Results } from './rowFigures.ts';
import { tablePicture } from './tablePicture.ts';

/** Results by key, an accuracy a seed. */
const resultsOf = (accuracies: Readonly<Record<string, readonly number[]>>): Results =>
  new Map(
    Object.entries(accuracies).map(([row, numbers]) => [
      row,
      numbers.map((accuracy, seed): KeptResult => {
        const metrics = { validation: {}, test: { accuracy } };
        const result = { selectOn: 'validation', bestEpoch: 1, best: metrics, last: metrics } as const;
        return { row, seed, settings: {}, engine: 'a test', epochs: 2, seconds: 3, result };
      }),
    ]),
  );
const request = { scale: 'pocket', data: 'a.tar' } as const;
const one: Table = tables['supervision-resnet18']!(request);

/** Where the marks of a kind stand, left to right as they are drawn. */
const places = (picture: string, kind: string): number[] =>
  [...picture.matchAll(new RegExp(`<circle cx="([\\d.]+)"[^>]*class="${kind}"`, 'g'))].map(([, x]) =>
    Number(x),
  );

describe('tablePicture', () => {
  const picture = tablePicture(
    one,
    resultsOf({ baseline: [0.5, 0.51, 0.52], dsn: [0.51, 0.5, 0.54], cds: [0.56, 0.571, 0.581] }),
  );

  it('shows each trained row with its mean, the paper’s number, and whether its difference is beyond chance', () => {
    for (const text of ['51.00 ± 1.00', '57.07 ± 1.05', '80.84', 'CDS', 'points above baseline'])
      expect(picture).toContain(text);
    expect(picture).not.toContain('DKS');
    expect(picture).not.toMatch(/NaN|undefined|Infinity/);
    // The last of each kind is the legend's; the first comes from the table.
    const [zero = 0] = places(picture, 'reference');
    const [dsn = 0] = places(picture, 'chance');
    const [cds = 0] = places(picture, 'sure');
    expect(cds - zero).toBeGreaterThan(5 * (dsn - zero));
  });

  it('follows the page, light or dark', () => expect(picture).toContain('prefers-color-scheme:dark'));

  it('names network and dataset once, above their rows', () => {
    const grid = tables['cifar100']!(request);
    const rows = ['resnet18/baseline', 'resnet18/cds', 'senet50/baseline', 'senet50/dsn'];
    const drawn = tablePicture(grid, resultsOf(Object.fromEntries(rows.map((key) => [key, [0.5, 0.6]]))));
    expect(drawn.match(/>ResNet-18</g)).toHaveLength(1);
    expect(drawn.match(/>SENet-50</g)).toHaveLength(1);
    expect(places(drawn, 'reference')).toHaveLength(2);
  });

  it('is a picture also where nothing was trained', () =>
    expect(tablePicture(one, new Map())).toContain('No row of this table has been trained.'));
});
