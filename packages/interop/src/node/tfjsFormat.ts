import path from 'node:path';
import { buildActivation, EXPORT_FORMAT, plugin, type ExportFormat } from '@understory/core';
import { z } from 'zod';
import { exportModel } from './exportModel.ts';
import { safetensorsFormatPlugin } from './safetensorsFormat.ts';

export const TfjsFormatOptions = z.strictObject({});

/** `model.json` and `weights.bin`, which plain `tf.loadLayersModel` reads, and the class names in `classes.json`. */
export const tfjsFormat = (): ExportFormat => ({
  name: 'tfjs',
  async write({ network, task, dataset, folder }) {
    await exportModel({ ...network, task }, dataset, folder);
    const out = buildActivation(task, network).names.join(', ');
    return {
      files: ['model.json', 'weights.bin', 'classes.json'].map((file) => path.join(folder, file)),
      about: `pixels 0…255 in, ${out} out; tf.loadLayersModel() reads it.`,
    };
  },
});

export const tfjsFormatPlugin = plugin({
  token: EXPORT_FORMAT,
  name: 'tfjs',
  summary: 'model.json for plain @tensorflow/tfjs',
  when: 'The network runs in a page, or in any program with tfjs: the default.',
  source: "tfjs's layers format",
  options: TfjsFormatOptions,
  create: tfjsFormat,
});

/** Every export format of this package, for a registry. */
export const exportFormatPlugins = [tfjsFormatPlugin, safetensorsFormatPlugin] as const;
