/**
 * Compares training steps of several processes, one step of each in turn, so that all meet the same moods of the machine:
 *
 *   npm run bench -- --python <python with torch> [--torch default,channels_last,compile] [--tfjs] [--rounds 20]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Contestant, fromSource, inRoot } from './contestant.ts';
import { picture } from './picture.ts';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    torch: { type: 'string', default: 'default,channels_last' },
    tfjs: { type: 'boolean', default: false },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '20' },
    warmup: { type: 'string', default: '3' },
    model: { type: 'string', default: 'resnet18' },
    batch: { type: 'string', default: '32' },
    size: { type: 'string', default: '32' },
    json: { type: 'string', default: '' },
    svg: { type: 'string', default: '' },
    // `name=options as JSON`, or `name=options;VARIABLE=value;…`
    variant: { type: 'string', multiple: true, default: ['Understory={}'] },
  },
});

const task = ['--model', values.model, '--batch', values.batch, '--size', values.size];
const threads = { TF_NUM_INTRAOP_THREADS: values.threads };

const ours = (variant: string): Contestant => {
  const [, name, rest] = /^([^=]+)=(.*)$/s.exec(variant)!;
  const [options, ...pairs] = rest!.split(';');
  const env = { ...threads, ...Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string])) };
  return new Contestant(name!, [...fromSource('understory_step.ts'), ...task, '--options', options!], env);
};

const torch = (mode: string): Contestant =>
  new Contestant(`PyTorch ${mode}`, [
    ...[values.python, inRoot('benchmarks/step/torch_step.py'), '--mode', mode],
    ...['--threads', values.threads, ...task],
  ]);

const tfjs = (): Contestant => new Contestant('tfjs-node', [...fromSource('tfjs_step.ts'), ...task], threads);

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const contestants = [
  ...values.variant.map(ours),
  ...values.torch.split(',').filter(Boolean).map(torch),
  ...(values.tfjs ? [tfjs()] : []),
];
for (const one of contestants) {
  const { ready, parameters } = await one.greeting();
  console.error(`${one.name}: ${ready}, ${parameters} parameters`);
}
for (let round = -Number(values.warmup); round < Number(values.rounds); round++) {
  // Another one begins in each round, so that none always follows the same neighbour.
  const turn = Math.abs(round) % contestants.length;
  const said: string[] = [];
  for (const one of [...contestants.slice(turn), ...contestants.slice(0, turn)]) {
    const answer = await one.step();
    said.push(`${one.name} ${answer.wall.toFixed(0)} ms`);
    if (round >= 0) one.steps.push(answer);
  }
  console.error(`${round < 0 ? 'warm-up' : `round ${round + 1}`}: ${said.join(', ')}`);
}

const [ourselves] = contestants as [Contestant, ...Contestant[]];
const rows = [];
for (const one of contestants) {
  const { memory } = await one.ask('memory');
  const of = (key: 'wall' | 'cpu'): number[] => one.steps.map((step) => step[key]);
  const ratios = (key: 'wall' | 'cpu'): number =>
    median(of(key).map((value, i) => value / ourselves.steps[i]![key]));
  rows.push({
    name: one.name,
    wall: median(of('wall')),
    cpu: median(of('cpu')),
    slower: ratios('wall'),
    slowerCpu: ratios('cpu'),
    first: one.first,
    memory,
    loss: one.steps.at(-1)!.loss,
  });
  one.end();
}
console.log('| | step ms | CPU ms | slower than ours | by CPU time | first step after s | peak MB |');
console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const row of rows) {
  const cells = [
    ...[row.wall.toFixed(0), row.cpu.toFixed(0), `${row.slower.toFixed(2)}×`],
    ...[`${row.slowerCpu.toFixed(2)}×`, (row.first / 1000).toFixed(1), (row.memory / 1e6).toFixed(0)],
  ];
  console.log(`| ${row.name} | ${cells.join(' | ')} |`);
}
const { model, batch, size, rounds } = values;
const result = { model, batch, size, threads: values.threads, rounds, rows };
if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
if (values.svg) writeFileSync(values.svg, picture(`${model}, ${batch} images in two views`, rows));
