/**
 * How cost grows: a step with its batch, contrastive losses with their rows, tracing with a network's depth, evaluation and
 * reports with their images. Each measurement is a process of its own, and counts CPU time:
 *
 *   npm run bench:growth -- [--what batch,losses,depth,images] [--width 0.25] [--work /tmp/understory-growth]
 *
 * Beneath each table stands the exponent by which the cost grows over its second half: 1 is in proportion, 2 with the square.
 */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { parseArgs, promisify } from 'node:util';
import { fromSource } from './contestant.ts';

const { values } = parseArgs({
  options: {
    what: { type: 'string', default: 'batch,losses,depth,images' },
    width: { type: 'string', default: '0.25' },
    work: { type: 'string', default: '/tmp/understory-growth' },
  },
});

interface Measured {
  /** CPU time in milliseconds; of a step that is traced, without that. */
  readonly usual: number;
  readonly tracing: number;
  /** Peak resident memory in MB, and that of the process before it began. */
  readonly memory: number;
  readonly before: number;
}

const call = promisify(execFile);
const [node = '', ...program] = fromSource('growth.ts');

const measure = async (...args: readonly string[]): Promise<Measured> => {
  const { stdout } = await call(node, [...program, ...args], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measured;
};

interface Point {
  readonly size: number;
  readonly cost: number;
}

/** Slope of log cost over log size, by least squares, of the larger half of the points. */
const exponentOf = (points: readonly Point[]): string => {
  const logs = points
    .slice(Math.floor((points.length - 1) / 2))
    .map(({ size, cost }) => [Math.log(size), Math.log(cost)] as const);
  const mean = (k: 0 | 1): number => logs.reduce((sum, pair) => sum + pair[k], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const over = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return (over / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0)).toFixed(2);
};

const print = (
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  last: string,
): void => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [line(head), line(head.map(() => '---:')), ...rows.map(line)].join('\n');
  console.log(`\n**${title}**\n\n${table}\n\n${last}`);
};

/** A table of one cost, which `at` gives of a size, with the cells that tell of it. */
const one = async (
  title: string,
  head: readonly string[],
  sizes: readonly number[],
  at: (size: number) => Promise<readonly [cost: number, cells: readonly string[]]>,
): Promise<void> => {
  const points: Point[] = [];
  const rows: string[][] = [];
  for (const size of sizes) {
    const [cost, cells] = await at(size);
    points.push({ size, cost });
    rows.push([`${size}`, ...cells]);
  }
  print(title, head, rows, `Exponent ${exponentOf(points)}.`);
};

const TABLES: Readonly<Record<string, () => Promise<void>>> = {
  batch: () =>
    one(
      `resnet18 at width ${values.width}, contrastive deep supervision, in parts of 32 images`,
      ['images a step', 'CPU ms', 'CPU ms an image', 'peak MB'],
      [32, 64, 128, 256],
      async (size) => {
        const { usual, memory } = await measure('step', String(size), values.width);
        return [usual, [usual.toFixed(0), (usual / size).toFixed(2), memory.toFixed(0)]];
      },
    ),

  async losses() {
    const rows: string[][] = [];
    const points: Record<string, Point[]> = { supcon: [], 'blockwise-supcon': [] };
    for (let size = 32; size <= 4096; size *= 2) {
      const found = [
        await measure('loss', String(size), 'supcon'),
        await measure('loss', String(size), 'blockwise-supcon'),
      ];
      const [whole, blocks] = found;
      if (!whole || !blocks) continue;
      points['supcon']?.push({ size, cost: whole.usual });
      points['blockwise-supcon']?.push({ size, cost: blocks.usual });
      rows.push([`${size}`, ...found.flatMap(({ usual, memory }) => [usual.toFixed(1), memory.toFixed(0)])]);
    }
    print(
      'a contrastive loss of rows of 128 numbers, and its gradient',
      ['rows', 'supcon, CPU ms', 'peak MB', 'blockwise-supcon, CPU ms', 'peak MB'],
      rows,
      `Exponents: ${Object.entries(points)
        .map(([name, all]) => `${name} ${exponentOf(all)}`)
        .join(', ')}.`,
    );
  },

  depth: () =>
    one(
      'from a network to its first step, 4 images of 32 pixels',
      ['resnet', 'tracing, CPU ms', 'CPU ms a layer', 'a step, CPU ms'],
      [18, 34, 50, 101, 152],
      async (size) => {
        const { tracing, usual } = await measure('network', `resnet${size}`);
        return [tracing, [tracing.toFixed(0), (tracing / size).toFixed(1), usual.toFixed(0)]];
      },
    ),

  async images() {
    const points: Record<'evaluate' | 'report', Point[]> = { evaluate: [], report: [] };
    const rows: string[][] = [];
    for (const size of [1000, 10_000, 100_000]) {
      const cells: string[] = [`${size}`];
      for (const what of ['evaluate', 'report'] as const) {
        await rm(values.work, { recursive: true, force: true });
        const { usual, memory } = await measure('images', String(size), what, values.work);
        points[what].push({ size, cost: usual });
        cells.push((usual / 1000).toFixed(2), memory.toFixed(0));
      }
      rows.push(cells);
    }
    await rm(values.work, { recursive: true, force: true });
    print(
      'a run of resnet18 at width 0.125 on pictures of 16 pixels, looked at again',
      ['test images', 'evaluate, CPU s', 'peak MB', 'report, CPU s', 'peak MB'],
      rows,
      `Exponents: evaluate ${exponentOf(points.evaluate)}, report ${exponentOf(points.report)}.`,
    );
  },
};

for (const name of values.what.split(',').filter(Boolean)) {
  const table = TABLES[name];
  if (!table) throw new Error(`--what ${name}: there are ${Object.keys(TABLES).join(', ')}.`);
  await table();
}
