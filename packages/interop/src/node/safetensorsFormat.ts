import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EXPORT_FORMAT, plugin, type ExportFormat } from '@understory/core';
import { z } from 'zod';
import { networkNames, networkSlots } from '../model/network.ts';
import { takeWeights } from '../model/toModel.ts';
import { OWN_NAMES } from '../names/nameTable.ts';
import { writeWeights } from './writeWeights.ts';

export const SafetensorsFormatOptions = z.strictObject({
  names: z
    .string()
    .min(1)
    .default(OWN_NAMES.code)
    .describe(
      'whose names and layouts the weights get: torchvision, timm, …; of detectors torchvision, torchvision-0.12, mmdetection',
    ),
});

/** `model.safetensors`, all weights under the names of other code, and the class names in `classes.json`. */
export const safetensorsFormat = ({
  names: code,
}: z.output<typeof SafetensorsFormatOptions>): ExportFormat => ({
  name: 'safetensors',
  async write({ network, task, dataset, folder }) {
    const names = networkNames(network, task.name, code);
    const tensors = await takeWeights(networkSlots(network), names);
    const files = ['model.safetensors', 'classes.json'].map((file) => path.join(folder, file));
    await mkdir(folder, { recursive: true });
    await writeWeights(files[0]!, tensors, {
      ...{ backbone: network.backbone.name, task: task.name, names: code },
    });
    await writeFile(files[1]!, JSON.stringify(dataset.classes));
    return { files, about: `${Object.keys(tensors).length} tensors, names of ${code}.` };
  },
});

export const safetensorsFormatPlugin = plugin({
  token: EXPORT_FORMAT,
  name: 'safetensors',
  summary: "weights under another code's names",
  when: 'You go on in PyTorch, with torchvision or mmdetection for example.',
  source: 'the safetensors format',
  options: SafetensorsFormatOptions,
  create: safetensorsFormat,
});
