import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  EXPORT_FORMAT,
  fileError,
  isSystemFault,
  plugin,
  UnderstoryError,
  type ExportFormat,
  type OpenedExport,
  type OpenRequest,
} from '@understory/core';
import { z } from 'zod';
import { inferenceProgram, recorderOf } from '../graph/inferenceProgram.ts';
import { recordBatches } from '../graph/freeBatch.ts';
import { savedModel, savedSignature } from '../savedModel/savedModel.ts';
import { WITHIN, weightsOption, weightsText } from './formatOptions.ts';

export const SavedModelFormatOptions = z.strictObject({
  weights: weightsOption,
  batch: z
    .int()
    .min(1)
    .max(4096)
    .optional()
    .describe('how many images at once; any number where nothing is said, of detectors one'),
});

const noTensorFlow = (): UnderstoryError =>
  new UnderstoryError(
    'runtime-missing',
    'Nothing here runs a SavedModel: install TensorFlow with understory engine install, and try again.',
  );

const open = async ({ files: [file = ''], savedModel: run }: OpenRequest): Promise<OpenedExport> => {
  if (!run) throw noTensorFlow();
  const bytes = await readFile(file).catch((error: unknown) => {
    throw isSystemFault(error) ? fileError('read', file, error) : error;
  });
  return run(path.dirname(file), savedSignature(bytes, file));
};

/** `saved_model.pb` with its weights as constants, and the class names in `classes.json`. */
export const savedModelFormat = ({
  weights,
  batch,
}: z.output<typeof SavedModelFormatOptions>): ExportFormat => ({
  name: 'saved-model',
  takesExits: true,
  within: WITHIN[weights],
  async write(request) {
    const { dataset, folder } = request;
    const program = inferenceProgram(request);
    const { graph, images } = recordBatches(program, recorderOf(request, 'saved-model'), batch);
    const files = ['saved_model.pb', 'classes.json'].map((file) => path.join(folder, file)) as [
      string,
      string,
    ];
    await mkdir(folder, { recursive: true });
    await writeFile(files[0], savedModel(graph, weights));
    await writeFile(files[1], JSON.stringify(dataset.classes));
    const many = images === undefined ? 'any number of' : String(images);
    return {
      files,
      outputs: program.names,
      about: `pixels 0…255 of ${many} images in, ${program.names.join(', ')} out${weightsText(weights)}; tf.saved_model.load() reads the folder.`,
    };
  },
  checkRuntime: async ({ savedModel: check }) => {
    if (!check) throw noTensorFlow();
    await check();
  },
  open,
});

export const savedModelFormatPlugin = plugin({
  token: EXPORT_FORMAT,
  name: 'saved-model',
  summary: "TensorFlow's SavedModel",
  when: 'The network runs in Python, C++ or Java with TensorFlow, or behind TensorFlow Serving.',
  source: "TensorFlow's SavedModel, a signature serving_default",
  options: SavedModelFormatOptions,
  create: savedModelFormat,
});
