/**
 * The step of contrastive deep supervision as users of tfjs-node write it: `tf.layers`, `tf.train`, op by op, on
 * tfjs-node's own kernels and gradients over the same TensorFlow. Answers the same commands as `torch_step.py`.
 */
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import { findBuilt } from '../../packages/engine/src/link/build.ts';
import { installedEngine } from '../../packages/engine/src/link/status.ts';
import { prepareEnvironment } from '../../packages/engine/src/link/threads.ts';
import { restoreUtil } from '../../packages/engine/src/link/nodeCompat.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet18' },
    batch: { type: 'string', default: '32' },
    size: { type: 'string', default: '32' },
    classes: { type: 'string', default: '100' },
  },
});
if (values.model !== 'resnet18') throw new Error('Only resnet18 is written down here.');
const [batch, size, classes] = [Number(values.batch), Number(values.size), Number(values.classes)];

prepareEnvironment();
restoreUtil();
const require = createRequire(new URL('../../packages/engine/package.json', import.meta.url));
const binding = require(findBuilt(installedEngine()!.at)!.binding) as { TF_Version: string };
require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js');
const { NodeJSKernelBackend } = require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js') as {
  NodeJSKernelBackend: new (binding: object, name: string) => KernelBackend;
};
const tf = require('@tensorflow/tfjs') as typeof import('@tensorflow/tfjs');
tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node-gpu'), 3);
await tf.setBackend('tensorflow');

type Symbolic = ReturnType<typeof tf.input>;
type Layer = { apply(x: Symbolic | Symbolic[]): unknown };
const through = (x: Symbolic | Symbolic[], ...layers: Layer[]): Symbolic =>
  layers.reduce<Symbolic | Symbolic[]>((value, layer) => layer.apply(value) as Symbolic, x) as Symbolic;

const conv = (filters: number, kernelSize: number, strides = 1): Layer =>
  tf.layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false });
const norm = (): Layer => tf.layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9 });
const depthwise = (strides: number): Layer =>
  tf.layers.depthwiseConv2d({ kernelSize: 3, strides, padding: 'same', useBias: false });

const block = (x: Symbolic, planes: number, stride: number): Symbolic => {
  const y = through(x, conv(planes, 3, stride), norm(), tf.layers.reLU(), conv(planes, 3), norm());
  const plain = stride === 1 && x.shape.at(-1) === planes;
  return through(
    [y, plain ? x : through(x, conv(planes, 1, stride), norm())],
    tf.layers.add(),
    tf.layers.reLU(),
  );
};

const separable = (x: Symbolic, outputs: number): Symbolic => {
  const half = through(x, depthwise(2), conv(x.shape.at(-1)!, 1), norm(), tf.layers.reLU());
  return through(half, depthwise(1), conv(outputs, 1), norm(), tf.layers.reLU());
};

const network = (): ReturnType<typeof tf.model> => {
  const images = tf.input({ shape: [size, size, 3] });
  let x = through(images, conv(64, 3), norm(), tf.layers.reLU());
  const widths = [64, 128, 256, 512];
  const embeddings = widths.map((planes, stage) => {
    x = block(block(x, planes, stage === 0 ? 1 : 2), planes, 1);
    const head = stage < 3 ? widths.slice(stage + 1).reduce(separable, x) : x;
    return through(head, tf.layers.globalAveragePooling2d({}));
  });
  const logits = through(embeddings.at(-1)!, tf.layers.dense({ units: classes }));
  return tf.model({ inputs: images, outputs: [...embeddings, logits] });
};

/** Khosla et al. 2020, eq. 2. */
const supCon = (features: import('@tensorflow/tfjs').Tensor, labels: import('@tensorflow/tfjs').Tensor1D) => {
  const z = tf.div(features, tf.norm(features, 'euclidean', 1, true));
  const others = tf.sub(1, tf.eye(2 * batch));
  const both = tf.concat([labels, labels]);
  const positive = tf.mul(
    tf.cast(tf.equal(tf.expandDims(both, 1), tf.expandDims(both, 0)), 'float32'),
    others,
  );
  const logits = tf.div(tf.matMul(z as import('@tensorflow/tfjs').Tensor2D, z, false, true), 0.07);
  const sums = tf.sum(tf.mul(tf.exp(tf.sub(logits, 1 / 0.07)), others), 1, true);
  const logP = tf.sub(tf.sub(logits, 1 / 0.07), tf.log(sums));
  return tf.neg(tf.mean(tf.div(tf.sum(tf.mul(positive, logP), 1), tf.sum(positive, 1))));
};

const model = network();
const optimizer = tf.train.momentum(0.01, 0.9);
const images = Uint8Array.from(
  { length: batch * size * size * 3 },
  (_, i) => (Math.imul(i, 2654435761) >>> 24) & 255,
);
const labels = Int32Array.from({ length: batch }, (_, i) => (i * 7) % classes);

const step = async (): Promise<number> => {
  const cost = tf.tidy(() => {
    const pixels = tf.tensor4d(Float32Array.from(images), [batch, size, size, 3]);
    const one = tf.div(tf.sub(pixels, 127.5), 63.75);
    const target = tf.tensor1d(labels, 'int32');
    return optimizer.minimize(() => {
      const outputs = model.apply(tf.concat([one, one]), {
        training: true,
      }) as import('@tensorflow/tfjs').Tensor[];
      const logits = tf.slice(outputs.pop()!, 0, batch);
      const task = tf.losses.softmaxCrossEntropy(tf.oneHot(target, classes), logits);
      return tf.addN([task, ...outputs.map((z) => tf.mul(supCon(z, target), 0.1))]).asScalar();
    }, true)!;
  });
  const [loss] = await cost.data();
  cost.dispose();
  return loss!;
};

const answer = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
const parameters = model.trainableWeights.reduce((sum, w) => sum + w.shape.reduce((a, b) => a! * b!, 1)!, 0);
answer({ ready: `TensorFlow ${binding.TF_Version} under tfjs-node`, parameters });
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === 'memory') {
    answer({ memory: process.resourceUsage().maxRSS * 1024 });
    continue;
  }
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const loss = await step();
  const { user, system } = process.cpuUsage(cpu);
  answer({ wall: performance.now() - wall, cpu: (user + system) / 1000, loss });
}
