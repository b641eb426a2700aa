import path from 'node:path';
import { buildActivation, EXPORT_FORMAT, plugin, type ExportFormat } from '@understory/core';
import { z } from 'zod';
import { exportModel } from './exportModel.ts';
import { onnxFormatPlugin } from './onnxFormat.ts';
import { savedModelFormatPlugin } from './savedModelFormat.ts';
import { safetensorsFormatPlugin } from './safetensorsFormat.ts';

export const TfjsFormatOptions = z.strictObject({});

/** Who reads each kind of file, and how many images it takes at once. */
const READERS = {
  'layers-model': 'tf.loadLayersModel() reads it',
  'graph-model': 'one image at a time; tf.loadGraphModel() reads it, executeAsync() runs it',
} as const;

/** `model.json` and `weights.bin` for plain tfjs, and the class names in `classes.json`; early exits where they are wanted: see `exportModel`. */
export const tfjsFormat = (): ExportFormat => ({
  name: 'tfjs',
  takesExits: true,
  async write({ network, task, dataset, folder, record, exits }) {
    const more = { ...(record && { record }), ...(exits && { exits }) };
    const kind = await exportModel({ ...network, task }, dataset, folder, more);
    const names = exits
      ? [...[...exits.early, exits.end].map(({ name }) => `logits of ${name}`), 'score of being inside']
      : buildActivation(task, network).names;
    const out = names.join(', ');
    return {
      files: ['model.json', 'weights.bin', 'classes.json'].map((file) => path.join(folder, file)),
      about: `pixels 0…255 in, ${out} out; ${READERS[kind]}.`,
    };
  },
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
