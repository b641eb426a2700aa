/**
 * How near a training step is to what the machine can do:
 *
 *   npm run bench:limit -- [--models resnet18,resnet50,mobilenetv2] [--batch 16] [--size 32] [--precisions float32,bfloat16]
 *
 * Times are the shortest of some runs: of the addon's ops their thread's CPU time, to which others on the machine add little, of
 * TensorFlow's few the clock's.
 *
 * Each op can be no faster than its multiply-adds at the measured speed of products of matrices, nor than its bytes at the
 * measured speed of memory (Williams et al. 2009). The table says what fraction of the slower of the two each kind of op
 * reaches, and how much time is lost to it; work begins at the top.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import {
  loadEngine,
  type CompiledRunnerOptions,
  type NodeTime,
  type Precision,
} from '../packages/engine/src/index.ts';
import { measurePeaks } from './limit/peaks.ts';
import { limitTable } from './limit/table.ts';
import { timeOf } from './limit/work.ts';
import { experimentOf, noiseSamples, openStep } from './step/experiment.ts';

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: 'resnet18,resnet50,mobilenetv2' },
    batch: { type: 'string', default: '16' },
    size: { type: 'string', default: '32' },
    precisions: { type: 'string', default: 'float32' },
    rounds: { type: 'string', default: '8' },
  },
});
const [batch, size] = [Number(values.batch), Number(values.size)];
const list = (text: string): string[] => text.split(',').filter(Boolean);

/** Each node as it was in the run in which it took least. */
const shortestTimes = (profiles: readonly (readonly NodeTime[])[]): NodeTime[] => {
  const best = new Map<string, NodeTime>();
  for (const node of profiles.flat()) {
    const before = best.get(node.node);
    if (!before || timeOf(node) < timeOf(before)) best.set(node.node, node);
  }
  return [...best.values()];
};

const profileStep = async (model: string, options: CompiledRunnerOptions): Promise<NodeTime[]> => {
  const samples = noiseSamples({ length: batch, size, classes: 100 });
  const experiment = experimentOf(samples, { model, batch, classes: 100 });
  const { runner, step, inputs } = await openStep(samples, experiment, options);
  await step.run(inputs);
  const profiles: (readonly NodeTime[])[] = [];
  for (let i = 0; i < Number(values.rounds); i++) profiles.push((await step.profile(inputs)).nodes);
  runner.dispose();
  return shortestTimes(profiles);
};

// One thread, read when TensorFlow is loaded: an op's CPU time is that of the thread that runs it.
process.env.TF_NUM_INTRAOP_THREADS = '1';
process.env.TF_NUM_INTEROP_THREADS = '1';
const { description } = await loadEngine();
const own = { threads: { intra: 1, inter: 1 } };
const peaks = await measurePeaks(own);
const billions = (each: number): string => (each / 1e6).toFixed(0);
console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${description}: products of matrices ${billions(2 * peaks.float32)} GFLOP/s in float32 and ` +
    `${billions(2 * peaks.bfloat16)} in bfloat16, memory ${(peaks.memory / 1e6).toFixed(1)} GB/s`,
);
for (const model of list(values.models))
  for (const precision of list(values.precisions) as Precision[]) {
    const nodes = await profileStep(model, { ...own, precision });
    console.log(`\n**${model}, ${batch} images of ${size} pixels in two views, ${precision}**\n`);
    console.log(limitTable(nodes, peaks));
  }
