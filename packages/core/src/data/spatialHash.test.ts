import { expect, it } from 'vitest';
import { int32 } from '../contracts/arrays.ts';
import type { Samples } from '../contracts/dataset.ts';
import { samplesFingerprint } from './fingerprint.ts';

/** Samples with a map [2, 2] each; `first` is the number in its corner, by name. */
const masked = (names: readonly string[], first: (name: string) => number): Samples => ({
  length: names.length,
  size: [2, 2],
  targets: { mask: { kind: 'map', dtype: 'int32', shape: [2, 2] } },
  readTargets: (positions) => {
    const maps = Array.from(positions, (p) => [first(names[p]!), 1, 2, 3]);
    return Promise.resolve({ mask: int32(Int32Array.from(maps.flat()), [maps.length, 2, 2]) });
  },
  read: () => Promise.resolve(new Uint8Array()),
  describe: (position) => names[position]!,
});
const NAMES = Array.from({ length: 80 }, (_, i) => `image ${i}`);
const CLASSES = ['a', 'b', 'c', 'd'];

it('tells other masks under the same names, and the same masks in another order', async () => {
  const whole = await samplesFingerprint(
    masked(NAMES, () => 0),
    CLASSES,
  );
  expect(
    await samplesFingerprint(
      masked(NAMES, () => 0),
      CLASSES,
    ),
  ).toEqual(whole);
  const other = await samplesFingerprint(
    masked(NAMES, () => 3),
    CLASSES,
  );
  expect([other.names, other.ordered]).not.toEqual([whole.names, whole.ordered]);
  const turned = await samplesFingerprint(
    masked([...NAMES].reverse(), () => 0),
    CLASSES,
  );
  expect(turned.names).toEqual(whole.names);
  expect(turned.ordered).not.toBe(whole.ordered);
});

it('looks at no more masks than a start has time for', async () => {
  let read = 0;
  const count = (): number => ++read * 0;
  await samplesFingerprint(masked(NAMES, count), CLASSES);
  expect(read).toBe(64);
});
