import path from 'node:path';
import {
  EXPORT_FORMAT,
  float32,
  rowAt,
  TASK,
  uint8,
  UnderstoryError,
  type NdArray,
  type NdArrays,
  type OpenedExport,
  type Registry,
  type Task,
} from '@understory/core';
import { frameImage, type FramedImage } from '@understory/datasets';
import { openSavedModel } from '@understory/engine';
import type { ModelInfo, Predictor, ReadyImage } from '@understory/serve/node';
import { readyEngine } from '../../load/readyEngine.ts';
import type { Say } from '../../listeners.ts';
import { readTrained } from '../../load/loadNetwork.ts';
import { openTrained } from '../../load/openTrained.ts';
import type { RunInfo } from '../../run/runInfo.ts';
import { openRegistry } from '../../session.ts';
import { readExportInfo, type ExportInfo } from '../export/exportInfo.ts';
import { inPicture } from '../inPicture.ts';
import { isSound } from '../isSound.ts';
import { dataOf } from '../predictionData.ts';

export interface PredictorRequest {
  /** A run's folder, or that of an export with its `export.json`. */
  readonly folder: string;
  /** Images of a batch, at most. */
  readonly batch?: number;
  /** Pixels of a picture, at most. */
  readonly pixels?: number;
  /** How many classes are told of an image that has one; all where nothing is said. */
  readonly top?: number | undefined;
  readonly say: Say;
}

type Data = RunInfo['dataset'];

/** What computes: images of one size in, the task's outputs of each out. */
interface Model {
  readonly runtime: string;
  /** How many images it takes at once, where it takes that many alone. */
  readonly fixed?: number | undefined;
  run(pixels: Uint8Array, shape: readonly number[]): Promise<NdArrays>;
  close(): Promise<void>;
}

/** Numbers of images that a model is made ready for: powers of four, and the most. A graph is compiled for each. */
const batchesUpTo = (most: number): number[] => {
  const sizes: number[] = [];
  for (let size = 1; size < most; size *= 4) sizes.push(size);
  return [...sizes, most];
};

/** Images one behind the other, filled up with zeros to a number that the model is ready for. */
const stacked = (images: readonly ReadyImage[], batches: readonly number[]): NdArray => {
  const [first] = images;
  if (!first) throw new UnderstoryError('options', 'A batch without images is not computed.');
  const { shape } = first.pixels;
  const count = batches.find((size) => size >= images.length) ?? images.length;
  const length = shape.reduce((a, b) => a * b, 1);
  const data = new Uint8Array(count * length);
  images.forEach(({ pixels }, i) => {
    data.set(pixels.data, i * length);
  });
  return uint8(data, [count, ...shape]);
};

const NOT_FINITE = 'The network answers with numbers that are not finite: its weights are spoilt.';

/** What a task says of one image, as JSON; of classes the first `top`. */
const told = (
  { task, data: { classes } }: Parts,
  outputs: NdArrays,
  { place }: ReadyImage,
  top = classes.length,
): object => {
  const { frame, size } = place as FramedImage;
  const prediction = task.decode(outputs, { classes, size });
  if (!isSound(prediction, outputs)) return { problem: NOT_FINITE };
  const few =
    prediction.kind === 'class' ? { ...prediction, classes: prediction.classes.slice(0, top) } : prediction;
  return dataOf(inPicture(few, frame), [frame[4], frame[5]]);
};

interface Parts {
  readonly model: Model;
  readonly task: Task;
  readonly data: Data;
  readonly name: string;
}

/** Whoever asks first would wait for what is compiled for a number of images. Errors: `task` where an export does not hold what is read. */
const makeReady = async (
  model: Model,
  batches: readonly number[],
  task: Task,
  { size, classes }: Data,
): Promise<void> => {
  for (const count of batches) {
    const shape = [count, ...size, 3];
    const outputs = await model.run(new Uint8Array(shape.reduce((a, b) => a * b, 1)), shape);
    try {
      task.decode(rowAt(outputs, 0), { classes, size });
    } catch (cause) {
      throw new UnderstoryError(
        'task',
        `Task "${task.name}" reads more than ${Object.keys(outputs).join(', ')}, which an export holds. Serve the run itself.`,
        { cause },
      );
    }
  }
};

const BATCH = 16;
const PIXELS = 50_000_000;

const predictorOf = async (
  parts: Parts,
  { batch = BATCH, pixels = PIXELS, top }: PredictorRequest,
): Promise<Predictor> => {
  const { model, task, data, name } = parts;
  const { classes, size, normalization, fit = 'cover', sides, canvases } = data;
  const batches = model.fixed === undefined ? batchesUpTo(batch) : [model.fixed];
  const framing = { mean: normalization.mean, fit, sides, canvases };
  const info: ModelInfo = { name, task: task.name, classes, size, runtime: model.runtime };
  await makeReady(model, batches, task, data);
  return {
    info,
    batches,
    async decode(bytes) {
      const place = await frameImage(bytes, size, framing, pixels);
      return { pixels: uint8(place.pixels, [...place.size, 3]), place };
    },
    async predict(images) {
      const { data: all, shape } = stacked(images, batches);
      const outputs = await model.run(all as Uint8Array, shape);
      return images.map((image, i) => told(parts, rowAt(outputs, i), image, top));
    },
    close: () => model.close(),
  };
};

/** Says what a user should know of the engine, and not that a graph is compiled for each number of images. */
const untilReady =
  (say: Say): Say =>
  (line) => {
    if (!line.includes('is traced again')) say(line);
  };

/** The network of a run, compiled. */
const runModel = async (registry: Registry, { folder, say }: PredictorRequest): Promise<Parts> => {
  const trained = await readTrained(folder, 'best');
  const { step, task, runner, close } = await openTrained(registry, trained, untilReady(say));
  const model: Model = {
    runtime: runner.description,
    run: (pixels, shape) => step.run({ images: uint8(pixels, shape) }),
    close: () => Promise.resolve().then(close),
  };
  return { model, task, data: trained.info.dataset, name: trained.info.config.name };
};

const openedExport = (registry: Registry, folder: string, info: ExportInfo): Promise<OpenedExport> => {
  const format = registry.make(EXPORT_FORMAT, info.written);
  const files = info.files.map((file) => path.join(folder, file));
  if (format.open) return format.open({ files, outputs: info.outputs, savedModel: openSavedModel });
  throw new UnderstoryError(
    'export',
    `${folder} holds weights alone (${format.name}), which nothing runs. Serve the run itself, or export it as onnx, saved-model or tfjs.`,
  );
};

/** What an export gives, activated outputs alone, under the names that a task reads. */
const exportModel = async (registry: Registry, folder: string, info: ExportInfo): Promise<Parts> => {
  const { config, dataset } = info.run;
  const opened = await openedExport(registry, folder, info);
  const model: Model = {
    runtime: opened.runtime,
    fixed: opened.batch,
    run: (pixels, shape) => opened.run(float32(Float32Array.from(pixels), shape)),
    close: () => opened.close(),
  };
  return { model, task: registry.make(TASK, config.task), data: dataset, name: config.name };
};

/**
 * A run's network, or what was exported of one, ready to answer about pictures. The engine is loaded. Errors: those of `readTrained`,
 * `readExportInfo` and of an export's `open`.
 */
export const openPredictor = async (request: PredictorRequest): Promise<Predictor> => {
  const info = await readExportInfo(request.folder);
  if (!info) {
    const { config, folder } = (await readTrained(request.folder, 'best')).info;
    return predictorOf(await runModel(await openRegistry(config.plugins, folder), request), request);
  }
  await readyEngine();
  const registry = await openRegistry(info.run.config.plugins, info.run.folder);
  return predictorOf(await exportModel(registry, request.folder, info), request);
};
