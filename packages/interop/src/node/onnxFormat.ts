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
import { RANGE_RULES, type RangeRule } from '../calibration/activationRange.ts';
import { eightBitSites } from '../calibration/eightBitSites.ts';
import { asWholeConvolutions, roundingOf, type Rounding } from '../calibration/rounding.ts';
import { recordBatches, type BatchedGraph } from '../graph/freeBatch.ts';
import { inferenceProgram, recorderOf } from '../graph/inferenceProgram.ts';
import { toOnnx } from '../onnx/toOnnx.ts';
import { countActivations } from './countActivations.ts';
import { WITHIN, weightsOption, weightsText } from './formatOptions.ts';
import { openOnnx } from './openOnnx.ts';

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
});
type OnnxFormatOptions = z.output<typeof OnnxFormatOptions>;

/** Errors: `export` where images are given and not used, or the other way round. */
const mustFit = (
  { weights, ranges }: Pick<OnnxFormatOptions, 'weights' | 'ranges'>,
  calibration: Calibration | undefined,
): void => {
  if (calibration && weights !== 'int8')
    throw new UnderstoryError(
      'export',
      `--calibrate rounds activations to 8 bits, and weights=${weights} are not. Add --set weights=int8, or leave --calibrate out.`,
    );
  if (!calibration && ranges !== undefined)
    throw new UnderstoryError(
      'export',
      `ranges=${ranges} chooses ranges by images, and there are none. Add --calibrate, or leave ranges out.`,
    );
};

/** The graph as it is written in 8 bits, and what of it runs in them. */
const rounded = async (
  { graph, images }: BatchedGraph,
  calibration: Calibration,
  rule: RangeRule,
): Promise<{ readonly graph: RecordedGraph; readonly rounding: Rounding }> => {
  const whole = asWholeConvolutions(graph);
  const sites = eightBitSites(whole);
  const counted = await countActivations({ graph: whole, images }, sites.measured, calibration);
  return { graph: whole, rounding: roundingOf(sites, counted, rule) };
};

/** `model.onnx` of opset 18, and the class names in `classes.json`; logits of early exits where they are wanted. */
export const onnxFormat = ({ weights, layout, batch, ranges }: OnnxFormatOptions): ExportFormat => ({
  name: 'onnx',
  takesExits: true,
  takesCalibration: true,
  within: WITHIN[weights],
  async write(request) {
    const { dataset, folder, task, calibration } = request;
    mustFit({ weights, ranges }, calibration);
    const program = inferenceProgram(request);
    const rule = ranges ?? 'mse';
    const told = {
      ...{ task: task.name, classes: JSON.stringify(dataset.classes), pixels: '0…255, RGB' },
      ...(calibration && { calibration: `${calibration.images} images, ranges by ${rule}` }),
    };
    const batched = recordBatches(program, recorderOf(request, 'onnx'), batch);
    const more = calibration && (await rounded(batched, calibration, rule));
    const options = { weights, layout, batch, rounding: more?.rounding };
    const bytes = toOnnx({ ...batched, graph: more?.graph ?? batched.graph }, options, told);
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
      about: `pixels 0…255 of ${images} images ${sides} in, ${program.names.join(', ')} out${calibration ? `, weights and activations in int8 by ${calibration.images} images` : weightsText(weights)}; opset 18.`,
    };
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
