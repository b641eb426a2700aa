/**
 * The step of contrastive deep supervision as users of tfjs write it: `tf.layers`, `tf.train`, op by op, on tfjs-node's
 * own kernels or on WebAssembly.
 */
import { parseArgs } from 'node:util';
import type * as tfjs from '@tensorflow/tfjs';
import { answerLines, timed } from './answer.ts';
import { load } from './tfjs_backends.ts';
import { network } from './tfjs_networks.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet18' },
    batch: { type: 'string', default: '32' },
    size: { type: 'string', default: '32' },
    classes: { type: 'string', default: '100' },
    backend: { type: 'string', default: 'tensorflow' },
  },
});
const [batch, size, classes] = [Number(values.batch), Number(values.size), Number(values.classes)];

/** Khosla et al. 2020, eq. 2. `features` [2B, D], `labels` [B] → []. */
const supCon = (tf: typeof tfjs, features: tfjs.Tensor, labels: tfjs.Tensor1D): tfjs.Tensor => {
  const z = tf.div<tfjs.Tensor2D>(features, tf.norm(features, 'euclidean', 1, true));
  const others = tf.sub(1, tf.eye(2 * batch));
  const both = tf.concat([labels, labels]);
  const same = tf.equal(tf.expandDims(both, 1), tf.expandDims(both, 0)); // [2B, 2B]
  const positive = tf.mul(tf.cast(same, 'float32'), others);
  const logits = tf.div(tf.matMul(z, z, false, true), 0.07);
  const sums = tf.sum(tf.mul(tf.exp(tf.sub(logits, 1 / 0.07)), others), 1, true);
  const logP = tf.sub(tf.sub(logits, 1 / 0.07), tf.log(sums));
  return tf.neg(tf.mean(tf.div(tf.sum(tf.mul(positive, logP), 1), tf.sum(positive, 1))));
};

await answerLines(async () => {
  const { tf, ready } = await load(values.backend);
  const model = network(tf, { model: values.model, size, classes });
  const optimizer = tf.train.momentum(0.01, 0.9);
  const images = Uint8Array.from(
    { length: batch * size * size * 3 },
    (_, i) => (Math.imul(i, 2654435761) >>> 24) & 255,
  );
  const labels = Int32Array.from({ length: batch }, (_, i) => (i * 7) % classes);
  const cost = (pixels: tfjs.Tensor4D, target: tfjs.Tensor1D): tfjs.Scalar => {
    const outputs = model.apply(tf.concat([pixels, pixels]), { training: true }) as tfjs.Tensor[];
    const logits = tf.slice(outputs.pop()!, 0, batch);
    const task = tf.losses.softmaxCrossEntropy(tf.oneHot(target, classes), logits);
    return tf.addN([task, ...outputs.map((z) => tf.mul(supCon(tf, z, target), 0.1))]).asScalar();
  };
  const step = async (): Promise<number> => {
    const value = tf.tidy(() => {
      const pixels = tf.tensor4d(Float32Array.from(images), [batch, size, size, 3]);
      const normalised = tf.div<tfjs.Tensor4D>(tf.sub(pixels, 127.5), 63.75);
      return optimizer.minimize(() => cost(normalised, tf.tensor1d(labels, 'int32')), true)!;
    });
    const [loss] = await value.data();
    value.dispose();
    return loss!;
  };
  const parameters = model.trainableWeights.reduce(
    (sum, { shape }) => sum + shape.reduce<number>((product, side) => product * side!, 1),
    0,
  );
  const run = async (): Promise<object> => {
    const [loss, times] = await timed(step);
    return { ...times, loss };
  };
  return { ready, parameters, commands: { step: run } };
});
