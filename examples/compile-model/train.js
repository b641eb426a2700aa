// An ordinary tf.LayersModel, trained by its own fit in compiled steps: node train.js
import { compileModel, loadEngine } from '@understory/engine';
import * as tf from '@tensorflow/tfjs';

await loadEngine();

/** Digits that a program draws: a bar that stands, lies or leans, in noise. */
const draw = (count) =>
  tf.tidy(() => {
    const classes = tf.range(0, count, 1, 'int32').mod(tf.scalar(3, 'int32'));
    const places = tf.range(0, 12).sub(5.5);
    const [rows, columns] = [places.reshape([1, 12, 1]), places.reshape([1, 1, 12])];
    const across = tf.concat([columns.add(rows.mul(0)), rows.add(columns.mul(0)), rows.sub(columns)], 0);
    const bars = across.abs().less(1.5).cast('float32'); // [3, 12, 12]
    const noise = tf.randomNormal([count, 12, 12], 0, 0.7, 'float32', 1);
    return { x: bars.gather(classes).add(noise).expandDims(3), y: tf.oneHot(classes, 3) };
  });

const { layers } = tf;
const model = tf.sequential({
  layers: [
    layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', inputShape: [12, 12, 1] }),
    layers.batchNormalization(),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.flatten(),
    layers.dropout({ rate: 0.25 }),
    layers.dense({ units: 3, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });

const compiled = compileModel(model);
const train = draw(384);
const test = draw(96);
const { history } = await compiled.fit(train.x, train.y, {
  epochs: 6,
  batchSize: 32,
  verbose: 0,
  validationData: [test.x, test.y],
  callbacks: tf.callbacks.earlyStopping({ monitor: 'val_loss', patience: 3 }),
});
compiled.release();

const accuracy = Number(history.val_acc?.at(-1));
console.log(`accuracy ${accuracy.toFixed(3)} after ${history.loss?.length} epochs`);
if (!(accuracy >= 0.8)) throw new Error('It has not learned to tell three bars apart.');
