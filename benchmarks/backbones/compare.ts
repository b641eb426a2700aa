/**
 * Forward pass and training step of each backbone against torchvision's, one of each in turn:
 *
 *   npx tsx --conditions=@understory/source benchmarks/backbones/compare.ts --python <python with torchvision> --rounds 10
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '10' },
    warmup: { type: 'string', default: '2' },
    batch: { type: 'string', default: '8' },
    size: { type: 'string', default: '64' },
    models: { type: 'string', default: '' },
    json: { type: 'string', default: '' },
  },
});

/** Ours → torchvision's; those that both have. */
const MODELS: Readonly<Record<string, string>> = {
  resnet18: 'resnet18', resnet34: 'resnet34', resnet50: 'resnet50', resnet101: 'resnet101', resnet152: 'resnet152',
  resnext50: 'resnext50_32x4d', resnext101: 'resnext101_32x8d', 'resnext101-64x4d': 'resnext101_64x4d',
  wideresnet50: 'wide_resnet50_2', wideresnet101: 'wide_resnet101_2',
  'mobilenetv2': 'mobilenet_v2', 'mobilenetv3-small': 'mobilenet_v3_small', 'mobilenetv3-large': 'mobilenet_v3_large',
  'shufflenetv2-x0.5': 'shufflenet_v2_x0_5', 'shufflenetv2-x1': 'shufflenet_v2_x1_0', 'shufflenetv2-x1.5': 'shufflenet_v2_x1_5', 'shufflenetv2-x2': 'shufflenet_v2_x2_0',
  'efficientnet-b0': 'efficientnet_b0', 'efficientnet-b1': 'efficientnet_b1', 'efficientnet-b2': 'efficientnet_b2',
  densenet121: 'densenet121', 'convnext-t': 'convnext_tiny',
}; // prettier-ignore

interface Answer {
  readonly ready: string;
  readonly parameters: number;
  readonly wall: number;
  readonly cpu: number;
}

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');

/** A process that answers each line with a line. */
const contestant = (name: string, [file, ...args]: readonly string[]) => {
  const env = { ...process.env, TF_NUM_INTRAOP_THREADS: values.threads };
  const child = spawn(file!, args, { cwd: root, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Answer> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} has ended`);
    return JSON.parse(value) as Answer;
  };
  const ask = (command: object): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    return answer();
  };
  return { name, answer, ask, end: () => child.stdin.end() };
};

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;

const tsx = [path.join(root, 'node_modules/.bin/tsx'), '--conditions=@understory/source'];
const ours = contestant('Understory', [...tsx, path.join(here, 'understory_backbones.ts')]);
const theirs = contestant('torchvision', [
  values.python, path.join(here, 'torch_backbones.py'), '--threads', values.threads,
]); // prettier-ignore
for (const one of [ours, theirs]) console.error(`${one.name}: ${(await one.answer()).ready}`);

const task = { batch: Number(values.batch), size: Number(values.size) };
const wanted = values.models ? values.models.split(',') : Object.keys(MODELS);

type What = 'forward' | 'step';

/** Medians of both, and how many times longer theirs takes. */
const compareTimes = (
  [ours, theirs]: readonly [readonly Answer[], readonly Answer[]],
  unit: 'wall' | 'cpu',
) => {
  const [a, b] = [ours, theirs].map((answers) => median(answers.map((answer) => answer[unit])));
  return { ours: a!, theirs: b!, ratio: b! / a! };
};

const compare = async (model: string) => {
  const command = { do: 'load', ...task, model, theirs: MODELS[model], options: { stem: 'imagenet' } };
  const loaded = [await ours.ask(command), await theirs.ask(command)];
  if (loaded[0]!.parameters !== loaded[1]!.parameters)
    throw new Error(`${model} has ${loaded.map((l) => l.parameters).join(' and ')} parameters`);
  const runs: Record<What, [Answer[], Answer[]]> = { forward: [[], []], step: [[], []] };
  for (let round = -Number(values.warmup); round < Number(values.rounds); round++) {
    for (const what of ['forward', 'step'] as const) {
      // The other one begins in each round, so that none always follows the same neighbour.
      for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const answer = await [ours, theirs][i]!.ask({ do: what });
        if (round >= 0) runs[what][i]!.push(answer);
      }
    }
  }
  const both = (what: What) => ({
    wall: compareTimes(runs[what], 'wall'),
    cpu: compareTimes(runs[what], 'cpu'),
  });
  return { model, parameters: loaded[0]!.parameters, forward: both('forward'), step: both('step') };
};

const columns = ['forward', 'step'].flatMap((what) =>
  ['wall', 'CPU'].flatMap((unit) => [`${what}, ${unit} ms`, 'torchvision', 'ratio']),
);
console.log(`| model | parameters | ${columns.join(' | ')} |`);
console.log(`| --- ${'| --: '.repeat(columns.length + 1)}|`);
const rows = [];
for (const model of wanted) {
  if (!MODELS[model]) throw new Error(`No "${model}" in both. Known: ${Object.keys(MODELS).join(', ')}`);
  const row = await compare(model);
  rows.push(row);
  const cells = [row.forward, row.step]
    .flatMap(({ wall, cpu }) => [wall, cpu])
    .flatMap(({ ours: a, theirs: b, ratio }) => [a.toFixed(0), b.toFixed(0), ratio.toFixed(2)]);
  console.log(`| ${[model, row.parameters.toLocaleString('en'), ...cells].join(' | ')} |`);
}
ours.end();
theirs.end();
if (values.json)
  writeFileSync(values.json, JSON.stringify({ task, threads: Number(values.threads), rows }, null, 2));
