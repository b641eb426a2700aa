import { classSamples, type Dataset } from '@understory/core';
import { expect, it } from 'vitest';
import { mustHaveSize } from './otherData.ts';

it('refuses data whose images the network does not take, and says which size it takes', () => {
  const train = classSamples({
    ...{ length: 1, size: [48, 32], labels: new Int32Array(1) },
    read: () => Promise.resolve(new Uint8Array()),
    describe: String,
  });
  const other = { name: 'birds', train } as unknown as Dataset;
  expect(() => mustHaveSize(other, [48, 32])).not.toThrow();
  expect(() => mustHaveSize(other, [32, 32])).toThrow(/birds have 48×32 pixels.*takes 32×32.*"size": 32\./);
  expect(() => mustHaveSize(other, [32, 64])).toThrow(/"size": \[32, 64\]/);
});
