/** The step of a detector as users of Understory run it, the loader and what it draws included, for `bench.ts`. */
import { parseArgs } from 'node:util';
import { resnet } from '../../packages/backbones/src/index.ts';
import {
  BOXES,
  boxesSpec,
  float32,
  FRAME,
  frameSpec,
  parameterCount,
} from '../../packages/core/src/index.ts';
import {
  prepareTraining,
  type Dataset,
  type Experiment,
  type Samples,
} from '../../packages/core/src/index.ts';
import { fasterRcnn, fasterRcnnLoss, retinanet, retinanetLoss } from '../../packages/detection/src/index.ts';
import { compiledRunner, loadEngine, type CompiledRunnerOptions } from '../../packages/engine/src/index.ts';
import { sgd } from '../../packages/optimizers/src/index.ts';
import { answerLines, timed } from './answer.ts';

const { values } = parseArgs({
  options: {
    detector: { type: 'string', default: 'retinanet' },
    model: { type: 'string', default: 'resnet18' },
    batch: { type: 'string', default: '2' },
    size: { type: 'string', default: '320' },
    classes: { type: 'string', default: '20' },
    options: { type: 'string', default: '{}' },
  },
});
const [batch, size, classes] = [Number(values.batch), Number(values.size), Number(values.classes)];

/** Both as torchvision has them by default: its proposals, its sampling, its losses. */
const DETECTORS = {
  retinanet: () => ({ task: retinanet({ variant: 'torchvision' }), loss: retinanetLoss({ boxLoss: 'l1' }) }),
  'faster-rcnn': () => ({ task: fasterRcnn({ variant: 'torchvision' }), loss: fasterRcnnLoss() }),
};

const EACH = 10;

/** Images of noise, all alike, with ten boxes each. */
const noise = (length: number): Samples => {
  const image = Uint8Array.from(
    { length: size * size * 3 },
    (_, i) => (Math.imul(i, 2654435761) >>> 24) & 255,
  );
  const boxes = Float32Array.from({ length: EACH * 7 }, (_, i) => {
    const box = Math.floor(i / 7);
    const [top, left, side] = [
      (0.6 * size * box) / EACH,
      (0.06 * size * ((box * 7) % EACH)) % size,
      size * (0.1 + 0.02 * box),
    ];
    return [top, left, top + side, left + side, box % classes, 0, side * side][i % 7] ?? 0;
  });
  const all = (one: Float32Array, n: number): Float32Array =>
    Float32Array.from({ length: n * one.length }, (_, i) => one[i % one.length] ?? 0);
  return {
    ...{
      length,
      size: [size, size],
      targets: { [BOXES]: boxesSpec(EACH), [FRAME]: frameSpec },
      describe: String,
    },
    read(positions) {
      const pixels = new Uint8Array(positions.length * image.length);
      for (let i = 0; i < positions.length; i++) pixels.set(image, i * image.length);
      return Promise.resolve(pixels);
    },
    readTargets: ({ length: n }) =>
      Promise.resolve({
        [BOXES]: float32(all(boxes, n), [n, EACH, 7]),
        [FRAME]: float32(all(Float32Array.of(0, 0, size, size, size, size), n), [n, 1, 6]),
      }),
  };
};

const dataset = (): Dataset => ({
  name: 'noise',
  classes: Array.from({ length: classes }, (_, i) => String(i)),
  normalization: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  ...{ train: noise(1000 * batch), validation: noise(0), test: noise(0), leftOut: [], fit: 'contain' },
});

const experiment = (): Experiment => {
  const { task, loss } = DETECTORS[values.detector as keyof typeof DETECTORS]();
  const data = dataset();
  return {
    ...{ name: 'benchmark', seed: 1, epochs: 1, dataset: data, lastBatch: 'drop', task, batchNorm: 'fixed' },
    streams: [{ name: 'train', samples: data.train, batch, views: [[]], labelled: true }],
    backbone: (request) =>
      resnet({ variant: values.model as 'resnet18', stem: 'imagenet', ...request, seed: 1 }),
    objectives: [loss],
    optimizer: sgd({ momentum: 0.9, weightDecay: 1e-4 }),
    schedule: () => () => 1e-4,
    ...{ metrics: [], selectOn: 'validation', teacher: () => Promise.reject(new Error('No teacher here')) },
  };
};

await answerLines(async () => {
  const engine = await loadEngine();
  const runner = compiledRunner(JSON.parse(values.options) as CompiledRunnerOptions);
  const training = await prepareTraining(experiment(), { runner });
  const events = training.events()[Symbol.asyncIterator]();
  const next = async (): Promise<number> => {
    for (let event = await events.next(); !event.done; event = await events.next())
      if (event.value.type === 'step') return event.value.loss;
    throw new Error('The epoch is over');
  };
  const { backbone, head, modules } = training.network;
  const models = [backbone.model, ...(head ? [head.model] : []), ...Object.values(modules)];
  return {
    ready: engine.description,
    parameters: models.reduce((sum, model) => sum + parameterCount(model), 0),
    commands: {
      async step() {
        const [loss, times] = await timed(next);
        return { ...times, loss };
      },
    },
  };
});
