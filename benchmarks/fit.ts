// CPU time of model.fit, a step: `LINKED=<project> tsx --conditions=@understory/source benchmarks/fit.ts <how> <model>`, where how is
// `tfjs-node` (that of the linked project), `eager` or `compiled`, and model is `cnn` or `mlp`. One process a run, run by turns.
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as TensorFlow from '@tensorflow/tfjs';
import { compileModel, loadEngine } from '@understory/engine';

const [how = 'compiled', kind = 'cnn'] = process.argv.slice(2);
const require = createRequire(import.meta.url);

const load = async (): Promise<typeof TensorFlow> => {
  if (how === 'tfjs-node') {
    const project = path.join(process.env['LINKED'] ?? '.', 'node_modules/@tensorflow/tfjs-node');
    return require(project) as typeof TensorFlow;
  }
  await loadEngine();
  return require('@tensorflow/tfjs') as typeof TensorFlow;
};

const tf = await load();
const { layers } = tf;

const block = (filters: number, inputShape?: number[]) => [
  layers.conv2d({
    filters,
    kernelSize: 3,
    padding: 'same',
    useBias: false,
    ...(inputShape && { inputShape }),
  }),
  layers.batchNormalization(),
  layers.activation({ activation: 'relu' }),
];

const MODELS = {
  cnn: {
    ...{ shape: [32, 32, 3], samples: 1280, batchSize: 64 },
    layers: [
      ...[...block(32, [32, 32, 3]), ...block(32), layers.maxPooling2d({ poolSize: 2 })],
      ...[...block(64), ...block(64), layers.maxPooling2d({ poolSize: 2 }), ...block(128)],
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
  },
  mlp: {
    ...{ shape: [784], samples: 6400, batchSize: 32 },
    layers: [
      layers.dense({ units: 256, activation: 'relu', inputShape: [784] }),
      layers.dense({ units: 128, activation: 'relu' }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
  },
};

const { shape, samples, batchSize, layers: stack } = MODELS[kind as keyof typeof MODELS];
const plain = tf.sequential({ layers: stack });
plain.compile({ optimizer: tf.train.adam(1e-3), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
const model = how === 'compiled' ? compileModel(plain) : plain;
const x = tf.randomNormal([samples, ...shape]);
const y = tf.oneHot(tf.mod(tf.range(0, samples, 1, 'int32'), tf.scalar(10, 'int32')), 10);

await model.fit(x, y, { epochs: 1, batchSize, verbose: 0 });
const before = process.cpuUsage();
await model.fit(x, y, { epochs: 2, batchSize, verbose: 0 });
const { user, system } = process.cpuUsage(before);
console.log(
  `${kind}, ${how}: ${((user + system) / 1e3 / ((2 * samples) / batchSize)).toFixed(1)} ms of CPU time a step`,
);
