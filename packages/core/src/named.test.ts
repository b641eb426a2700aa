import { expect, it } from 'vitest';
import { byName } from './named.ts';

it('gives the value of a name, or tells the nearest one and all that there are', () => {
  expect(byName({ logits: 1, nothing: 0 }, 'nothing')).toBe(0);
  expect(() => byName({ logits: 1, box: 2 }, 'logit')).toThrow(
    /No value named "logit"\. Did you mean "logits"\? Known: logits, box/,
  );
  expect(() => byName<number>({}, 'toString')).toThrow(/No value named "toString"\. Known: none/);
});
