import { describe, expect, it } from 'vitest';
import { streamOf, tinyExperiment } from '../testing/index.ts';
import { streamsOf } from '../training/network.ts';
import { findStream } from './findStream.ts';

const two = streamOf({ views: 2 });
const bare = streamOf({ name: 'unlabelled', views: 2, labelled: false });

describe('findStream', () => {
  it('takes the first, or the one that is named', () => {
    expect(findStream('x', [two, bare])).toBe(two);
    expect(findStream('x', [two, bare], { stream: 'unlabelled', views: 2, batch: 4 })).toBe(bare);
  });

  it.each([
    ['a name', { stream: 'labeled' }, [two], /No stream named "labeled".*train/],
    [
      'labels',
      { stream: 'unlabelled', labelled: true },
      [two, bare],
      /"unlabelled" has no labels. Name a labelled stream: "train"/,
    ],
    ['labels of any', { labelled: true }, [bare], /looks at no labels/],
    ['views', { views: 3 }, [two], /in 2 views. Give it 3 under "views"/],
    ['images', { batch: 2 }, [streamOf({ batch: 1 })], /batches of 1. .* Set "batch" to 2 or more/],
    [
      'images in the last batch',
      { batch: 2 },
      [streamOf({ lastBatch: 1 })],
      /ends its epochs with a batch of 1. .* Set "lastBatch" to "drop"/,
    ],
  ] as const)('says what is missing: %s', (_what, needs, streams, message) => {
    expect(() => findStream('x', [...streams], needs)).toThrow(message);
  });
});

it('streams tell the smaller batch that ends an epoch', () => {
  const lastOf = (batch: number, lastBatch: 'keep' | 'drop'): number | undefined =>
    streamsOf({ ...tinyExperiment([], { streams: [streamOf({ batch })] }), lastBatch })[0]!.lastBatch;
  expect([4, 19, 7].map((batch) => lastOf(batch, 'keep'))).toEqual([undefined, 1, 6]);
  expect([4, 19, 7].map((batch) => lastOf(batch, 'drop'))).toEqual([undefined, undefined, undefined]);
  expect(lastOf(50, 'drop')).toBe(20); // all images there are
});
