/**
 * Compares training steps of several processes, one step of each in turn, so that all meet the same moods of the machine:
 *
 *   npm run bench -- --python <python with torch> [--torch default,channels_last,compile] [--tfjs] [--wasm] [--rounds 20]
 *   npm run bench -- --python … --matrix [--models resnet18,resnet50] [--batches 16,32] [--sizes 32,224] --rounds 3
 *   npm run bench -- --python … --keep      writes ratios of CPU times to results/<processor>.json
 *   npm run bench -- --python … --check     compares them with the newest ones there; exit code 1 where one fell by a tenth
 *   npm run bench -- --python … --files <folder or tar of images>      from files to updated weights
 *   npm run bench:inference -- --python … [--torch default,channels_last,compile,onnxruntime]   networks that only look at images
 *   npm run bench -- --python … --matrix --detectors retinanet,faster-rcnn --models resnet18,resnet50 --batches 2 --sizes 160,320,640
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { entrants, type Cell, type EntrantOptions } from './entrants.ts';
import { cells, fits, roughMegabytes } from './matrix.ts';
import { fallen, keep, measuredOf } from './history.ts';
import { picture } from './picture.ts';
import { race, raceByBlocks, type Row } from './race.ts';
import { tableOf } from './table.ts';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    torch: { type: 'string', default: 'default,channels_last' },
    tfjs: { type: 'boolean', default: false },
    wasm: { type: 'boolean', default: false },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '20' },
    warmup: { type: 'string', default: '3' },
    model: { type: 'string', default: 'resnet18' },
    batch: { type: 'string', default: '32' },
    size: { type: 'string', default: '32' },
    files: { type: 'string' },
    workers: { type: 'string', default: '2' },
    matrix: { type: 'boolean', default: false },
    inference: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    detectors: { type: 'string', default: '' },
    models: { type: 'string', default: 'resnet18,resnet50,mobilenetv2' },
    batches: { type: 'string', default: '16,32,64,128' },
    sizes: { type: 'string', default: '32,224' },
    json: { type: 'string', default: '' },
    svg: { type: 'string', default: '' },
    variant: { type: 'string', multiple: true, default: ['Understory={}'] },
  },
});

interface Result extends Cell {
  readonly rows: readonly Row[];
  /** Why the cell was left out. */
  readonly skipped?: string;
}

const list = (text: string): string[] => text.split(',').filter(Boolean);
const say = (line: string): void => console.error(line);
const { python, tfjs, wasm, threads, workers, files, inference, variant: variants } = values;
const options: EntrantOptions = {
  ...{ python, tfjs, wasm, threads, workers, inference, variants, torch: list(values.torch) },
  ...(files !== undefined && { files }),
};

const measure = async (cell: Cell): Promise<Result> => {
  const contestants = entrants(cell, options);
  const together = !values.matrix || inference || fits(cell, contestants.length); // who only looks keeps no maps
  if (!together && !fits(cell, 1)) {
    const need = roughMegabytes(cell) / 1000;
    return { ...cell, rows: [], skipped: `left out: it would take some ${need.toFixed(0)} GB` };
  }
  const rules = { rounds: Number(values.rounds), warmup: Number(values.warmup), say };
  if (together) return { ...cell, rows: await race(contestants, rules) };
  say(`One at a time, by blocks of steps: there is no room for ${contestants.length} at once.`);
  return { ...cell, rows: await raceByBlocks(contestants, rules) };
};

const all: Cell[] = values.matrix
  ? cells({
      detectors: list(values.detectors),
      models: list(values.models),
      batches: list(values.batches).map(Number),
      sizes: list(values.sizes).map(Number),
    })
  : [{ model: values.model, batch: Number(values.batch), size: Number(values.size) }];
const results: Result[] = [];
for (const cell of all) {
  const result = await measure(cell);
  results.push(result);
  const what = cell.detector === undefined ? cell.model : `${cell.detector} over ${cell.model}`;
  const views = cell.detector === undefined && !inference ? ' in two views' : '';
  console.log(`\n**${what}, ${cell.batch} images of ${cell.size} pixels${views}**\n`);
  console.log(result.skipped ?? tableOf(result.rows, cell));
  const written = { threads, rounds: values.rounds, ...(files !== undefined && { files, workers }), results };
  if (values.json) writeFileSync(values.json, `${JSON.stringify(written, null, 2)}\n`);
}
const [first] = results;
if (values.svg && first)
  writeFileSync(values.svg, picture(`${first.model}, ${first.batch} images in two views`, first.rows));
const measured = results
  .filter(({ rows }) => rows.length > 1)
  .map((result) => measuredOf(result.rows, result, { threads, inference }));
if (values.check) {
  const all = measured.map(fallen);
  const worse = all.flatMap((lines) => lines ?? []);
  const compared = all.filter((lines) => lines !== null).length;
  say(
    `${compared} of ${measured.length} cells were measured on this processor before; ${worse.length} ratios fell.`,
  );
  for (const line of worse) say(line);
  if (worse.length > 0) process.exitCode = 1;
}
if (values.keep) say(`Kept in ${keep(measured)}`);
