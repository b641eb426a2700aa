import { emojiKept, emojiMethods } from '@understory/recipes';
import { keptSeeds } from '@understory/runs';
import { expect, it } from 'vitest';
import { keptSeedsText } from './keptSeeds.ts';

it('says by how much the last method is above each other one, and whether chance alone may do that', () => {
  const accuracy = [
    [60, 62, 64],
    [63, 61, 66],
    [63, 65.2, 66.9],
  ];
  const kept = { labels: ['plain', 'deep', 'contrast'], seeds: [3, 4, 5], machine: 'a test', accuracy };
  const text = keptSeedsText(keptSeeds(kept));
  expect(text).toContain('Seeds 3, 4, 5, trained beforehand (a test)');
  expect(text).toContain('contrast against plain: 3.03 (2.65 to 3.41) points over 3 seeds, beyond chance.');
  expect(text).toMatch(/contrast against deep: 1\.70 \(.*\) points over 3 seeds, within chance\./);
});

it('tells of every method of the quick start', () => {
  expect(emojiKept.accuracy.map((values) => values.length)).toEqual(
    emojiMethods.map(() => emojiKept.seeds.length),
  );
});
