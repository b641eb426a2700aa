import path from 'node:path';
import { buildActivation, EXPORT_FORMAT, plugin, type ExportFormat } from '@understory/core';
import { z } from 'zod';
import { exitNames } from '../graph/inferenceProgram.ts';
import { isGraph, TFJS_KINDS, writeModel } from './exportModel.ts';
import { WITHIN, weightsOption, weightsText } from './formatOptions.ts';
import { loadConverter, openTfjs } from './openTfjs.ts';
import { onnxFormatPlugin } from './onnxFormat.ts';
import { savedModelFormatPlugin } from './savedModelFormat.ts';
import { safetensorsFormatPlugin } from './safetensorsFormat.ts';

export const TfjsFormatOptions = z.strictObject({
  kind: z
    .enum(TFJS_KINDS)
    .default('auto')
    .describe(
      'layers, for tf.loadLayersModel; graph, of ops, for tf.loadGraphModel; auto: layers where tfjs has them all',
    ),
  weights: weightsOption,
});

/** Who reads each kind of file. */
const READERS = {
  'layers-model': 'tf.loadLayersModel() reads it',
  'graph-model': 'tf.loadGraphModel() reads it, executeAsync() runs it',
} as const;

/** `model.json` and `weights.bin` for plain tfjs, and the class names in `classes.json`; early exits where they are wanted: see `exportModel`. */
export const tfjsFormat = ({ kind, weights }: z.input<typeof TfjsFormatOptions> = {}): ExportFormat => ({
  name: 'tfjs',
  takesExits: true,
  within: WITHIN[weights ?? 'float32'],
  async write({ network, task, dataset, folder, record, exits }) {
    const options = { ...(kind && { kind }), ...(weights && { weights }) };
    const more = { ...options, ...(record && { record }), ...(exits && { exits }) };
    const made = await writeModel({ ...network, task }, dataset, folder, more);
    const outputs = exits ? exitNames(exits) : buildActivation(task, network).names;
    const names = exits
      ? [...[...exits.early, exits.end].map(({ name }) => `logits of ${name}`), 'score of being inside']
      : outputs;
    const few = made.images === undefined ? '' : `one image at a time; `;
    const out = `${names.join(', ')} out${weightsText(weights ?? 'float32')}`;
    return {
      files: ['model.json', 'weights.bin', 'classes.json'].map((file) => path.join(folder, file)),
      outputs,
      about: `pixels 0…255 in, ${out}; ${few}${READERS[made.kind]}.`,
    };
  },
  async checkRuntime({ network }) {
    if (kind === 'graph' || (network && isGraph({ ...network, ...(kind && { kind }) })))
      await loadConverter();
  },
  open: ({ files: [file = ''], outputs = [], backend }) => openTfjs(file, outputs, backend),
});

export const tfjsFormatPlugin = plugin({
  token: EXPORT_FORMAT,
  name: 'tfjs',
  summary: 'model.json for plain @tensorflow/tfjs',
  when: 'The network runs in a page, or in any program with tfjs: the default.',
  source: "tfjs's formats: layers where tfjs has them all, a graph of ops for detectors",
  options: TfjsFormatOptions,
  create: tfjsFormat,
});

/** Every export format of this package, for a registry. */
export const exportFormatPlugins = [
  tfjsFormatPlugin,
  onnxFormatPlugin,
  savedModelFormatPlugin,
  safetensorsFormatPlugin,
] as const;
