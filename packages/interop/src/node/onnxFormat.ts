import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  EXPORT_FORMAT,
  plugin,
  UnderstoryError,
  type Calibration,
  type ExportFormat,
  type RecordedGraph,
} from '@understory/core';
import { z } from 'zod';
import { RANGE_RULES } from '../calibration/activationRange.ts';
import { eightBitSites } from '../calibration/eightBitSites.ts';
import { asWholeConvolutions, rangesOf } from '../calibration/rounding.ts';
import { recordBatches, type BatchedGraph } from '../graph/freeBatch.ts';
import { inferenceProgram, recorderOf } from '../graph/inferenceProgram.ts';
import { toOnnx } from '../onnx/toOnnx.ts';
import { chooseRounding, type ChosenRounding } from './chooseRounding.ts';
import { countActivations } from './countActivations.ts';
import { WITHIN, weightsOption, weightsText } from './formatOptions.ts';
import { loadOnnxRuntime, openOnnx } from './openOnnx.ts';

export const OnnxFormatOptions = z.strictObject({
  weights: weightsOption,
  layout: z
    .enum(['nhwc', 'nchw'])
    .default('nhwc')
    .describe('sides of the input: images, height, width, channels; or images, channels, height, width'),
  batch: z
    .int()
    .min(1)
    .max(4096)
    .optional()
    .describe('how many images at once, where a runtime wants one number; any number where nothing is said'),
  ranges: z
    .enum(RANGE_RULES)
    .optional()
    .describe(
      'with --calibrate, which range of an activation 8 bits hold: of least squared error (mse, where nothing is said), all but 1 in 10,000 numbers (percentile), or all (extremes)',
    ),
  agreement: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      'with --calibrate, on which share of the images the likeliest class has to stay by what can be expected of them (0.995 where nothing is said): as few layers as it takes, those that cost most, are kept in float32; 0 keeps none',
    ),
});
type OnnxFormatOptions = z.output<typeof OnnxFormatOptions>;

/** Errors: `export` where images are given and not used, or the other way round. */
const mustFit = (options: OnnxFormatOptions, calibration: Calibration | undefined): void => {
  const { weights } = options;
  if (calibration && weights !== 'int8')
    throw new UnderstoryError(
      'export',
      `--calibrate rounds activations to 8 bits, and weights=${weights} are not. Add --set weights=int8, or leave --calibrate out.`,
    );
  const unused = (['ranges', 'agreement'] as const).find((key) => options[key] !== undefined);
  if (!calibration && unused !== undefined)
    throw new UnderstoryError(
      'export',
      `${unused}=${options[unused]} is of a calibration by images, and there are none. Add --calibrate, or leave ${unused} out.`,
    );
};

/** The least share of images on which the likeliest class stays where nothing is said. */
const AGREEMENT = 0.995;

/** A graph as it is written in 8 bits, and what of it runs in them. */
interface Rounded extends ChosenRounding {
  readonly graph: RecordedGraph;
}

const rounded = async (
  { graph, images }: BatchedGraph,
  calibration: Calibration,
  { ranges: rule = 'mse', agreement: least = AGREEMENT }: OnnxFormatOptions,
): Promise<Rounded> => {
  const whole = { graph: asWholeConvolutions(graph), images };
  const counted = await countActivations(whole, eightBitSites(whole.graph).measured, calibration);
  const chosen = await chooseRounding(whole, rangesOf(whole.graph, counted, rule), { calibration, least });
  return { ...chosen, graph: whole.graph };
};

const share = (x: number): string => `${(100 * x).toFixed(1)} %`;

/** How many layers are named. */
const NAMED = 8;

/** What was kept in floats, and what was reached. */
const roundedText = (
  { inFloat, layers, agreement, expected = 1 }: ChosenRounding,
  images: number,
): string => {
  const named = inFloat.slice(0, NAMED).join(', ') + (inFloat.length > NAMED ? ', …' : '');
  const kept =
    inFloat.length === 0 ? `all ${layers} layers` : `${layers - inFloat.length} of ${layers} layers`;
  const floats = inFloat.length === 0 ? '' : `, ${inFloat.length} kept in float32 (${named})`;
  const same =
    agreement === undefined
      ? 'no output tells classes, so none was kept in float32 for their sake'
      : `the likeliest class stays on ${share(agreement)} of them, ${share(expected)} to be expected of others like them`;
  return `, weights and activations in int8 by ${images} images: ${kept}${floats}; ${same}`;
};

/** `model.onnx` of opset 18, and the class names in `classes.json`; logits of early exits where they are wanted. */
export const onnxFormat = (options: OnnxFormatOptions): ExportFormat => ({
  name: 'onnx',
  takesExits: true,
  takesCalibration: true,
  within: WITHIN[options.weights],
  async write(request) {
    const { dataset, folder, task, calibration } = request;
    const { weights, layout, batch } = options;
    mustFit(options, calibration);
    const program = inferenceProgram(request);
    const batched = recordBatches(program, recorderOf(request, 'onnx'), batch);
    const chosen = calibration && (await rounded(batched, calibration, options));
    const eight = calibration && chosen ? roundedText(chosen, calibration.images) : '';
    const told = {
      ...{ task: task.name, classes: JSON.stringify(dataset.classes), pixels: '0…255, RGB' },
      ...(chosen && { calibration: `ranges by ${options.ranges ?? 'mse'}${eight}` }),
    };
    const writing = { weights, layout, batch, rounding: chosen?.rounding };
    const bytes = toOnnx({ ...batched, graph: chosen?.graph ?? batched.graph }, writing, told);
    const files = ['model.onnx', 'classes.json'].map((file) => path.join(folder, file)) as [string, string];
    await mkdir(folder, { recursive: true });
    await writeFile(files[0], bytes);
    await writeFile(files[1], JSON.stringify(dataset.classes));
    const [height, width] = dataset.size;
    const images = batch ?? 'any number of';
    const sides = layout === 'nhwc' ? `${height}×${width}×3` : `3×${height}×${width}`;
    return {
      files,
      outputs: program.names,
      about: `pixels 0…255 of ${images} images ${sides} in, ${program.names.join(', ')} out${chosen ? eight : weightsText(weights)}; opset 18.`,
    };
  },
  async checkRuntime() {
    await loadOnnxRuntime();
  },
  open: ({ files: [file = ''] }) => openOnnx(file),
});

export const onnxFormatPlugin = plugin({
  token: EXPORT_FORMAT,
  name: 'onnx',
  summary: 'model.onnx for onnxruntime and whatever else reads ONNX',
  when: 'The network runs in a program in another language, or on a device with its own runtime.',
  source: 'ONNX, opset 18',
  options: OnnxFormatOptions,
  create: onnxFormat,
});
