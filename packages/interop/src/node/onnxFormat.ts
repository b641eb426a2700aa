import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EXPORT_FORMAT, plugin, type ExportFormat } from '@understory/core';
import { z } from 'zod';
import { inferenceProgram, recorderOf } from '../graph/inferenceProgram.ts';
import { toOnnx } from '../onnx/toOnnx.ts';
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
});

/** `model.onnx` of opset 18, and the class names in `classes.json`; logits of early exits where they are wanted. */
export const onnxFormat = ({ weights, layout, batch }: z.output<typeof OnnxFormatOptions>): ExportFormat => ({
  name: 'onnx',
  takesExits: true,
  within: WITHIN[weights],
  async write(request) {
    const { dataset, folder, task } = request;
    const program = inferenceProgram(request);
    const told = { task: task.name, classes: JSON.stringify(dataset.classes), pixels: '0…255, RGB' };
    const bytes = toOnnx(program, recorderOf(request, 'onnx'), { weights, layout, batch }, told);
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
      about: `pixels 0…255 of ${images} images ${sides} in, ${program.names.join(', ')} out${weightsText(weights)}; opset 18.`,
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
