import { expect, it } from 'vitest';
import { workersText } from './workersText.ts';

const speeds = [
  { imagesPerSecond: 60.6, waiting: 0.004, inSums: 0.12 },
  { imagesPerSecond: 58.8, waiting: 0.02, inSums: 0.141 },
];
const many = Array.from({ length: 64 }, (_, i) => ({ imagesPerSecond: 100 + i, waiting: 0, inSums: 0.5 }));

it('workers are told in a line that fits, each of them where there is room', () => {
  expect(workersText(speeds, 120)).toBe(
    'workers  0: 61 images/s, data 0 %, sums 12 %   1: 59 images/s, data 2 %, sums 14 %',
  );
  expect(workersText(speeds, 80)).toBe('2 workers: 59–61 images/s, data 0–2 %, sums 12–14 %, slowest 1');
  expect(workersText(speeds, 40)).toBe('2 workers: 59–61/s, sums 12–14 %');
  expect(workersText(many, 120)).toBe('64 workers: 100–163 images/s, data 0 %, sums 50 %, slowest 0');
  for (const columns of [20, 40, 80, 120])
    for (const some of [speeds, many]) expect(workersText(some, columns).length).toBeLessThanOrEqual(columns);
});
