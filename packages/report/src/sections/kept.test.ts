import { describe, expect, it } from 'vitest';
import { buildReport } from '../buildReport.ts';
import { tablesOf } from '../drawn.test.data.ts';
import type { KeptSeeds, ReportInput } from '../input.ts';

const input = (kept?: KeptSeeds): ReportInput => ({
  title: 'two',
  date: '2026-01-01T00:00:00.000Z',
  dataset: { name: 'some', classes: ['a', 'b'] },
  methods: [{ label: 'plain' }, { label: 'deep' }],
  ...(kept && { kept }),
});
const kept: KeptSeeds = {
  seeds: [3, 4],
  machine: 'a test',
  methods: [
    { label: 'plain', accuracy: [0.5, 0.6] },
    { label: 'deep', accuracy: [0.7, 0.75] },
  ],
  differences: ['deep against plain: 17.50 points & more'],
};

describe('seeds that were trained beforehand', () => {
  it('stand in a part of their own: a mark each, their numbers and what their differences say', () => {
    const page = buildReport(input(kept));
    const [, part = ''] = /<section id="seeds"([\s\S]*?)<\/section>/.exec(page) ?? [];
    expect(part).toContain('3, 4 were trained beforehand (a test)');
    expect(part).toContain('deep against plain: 17.50 points &amp; more');
    const [figure = ''] = /<figure[\s\S]*<\/figure>/.exec(part) ?? [];
    expect(figure.match(/class="mark"/g)).toHaveLength(4);
    const [rows = []] = tablesOf(page, 'Accuracy of each seed');
    const cells = rows.map((row) => row.map((cell) => cell.replaceAll(/\s/g, ' ')));
    expect(cells).toEqual([
      expect.arrayContaining(['seed 3', 'seed 4', 'mean']),
      ['plain', '50.00 %', '60.00 %', '55.00 %'],
      ['deep', '70.00 %', '75.00 %', '72.50 %'],
    ]);
  });

  it('are left out where there are none', () => {
    expect(buildReport(input())).not.toContain('id="seeds"');
  });

  it.each<[string, Partial<KeptSeeds>, RegExp]>([
    ['no seed', { seeds: [], methods: [{ label: 'plain', accuracy: [] }] }, /no seed/],
    ['another number of them', { seeds: [3] }, /"plain" has 2 accuracies of 1 kept seeds/],
    ['percent', { methods: [{ label: 'plain', accuracy: [50, 60] }] }, /"plain" is 50/],
  ])('are refused with %s', (_, odd, message) => {
    expect(() => buildReport(input({ ...kept, ...odd }))).toThrow(message);
  });
});
