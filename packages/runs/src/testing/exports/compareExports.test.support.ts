import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  buildActivation,
  eagerRunner,
  EXPORT_FORMAT,
  inferenceStep,
  UnderstoryError,
  type ExportFormat,
  type NdArray,
  type NdArrays,
  type Registry,
  type Spec,
} from '@understory/core';
import { recordGraph } from '@understory/engine';
import { codesFor, detectorCodes, networkNames, networkSlots, takeWeights } from '@understory/interop';
import { readWeights } from '@understory/interop/node';
import { testPixels, verifyExport } from '../../use/export/verifyExport.ts';
import { formatText } from './formats.test.support.ts';
import type { Exportable } from './networks.test.support.ts';

/** What came of writing a network by a format and running the file. */
export interface ComparedExport {
  readonly format: string;
  readonly runtime: string;
  /** The largest difference of any output, as a share of its largest number, or of 1. */
  readonly apart: number;
  /** What is wrong, where something is; whether the format has no place for such a network. */
  readonly fault?: string;
  readonly refused?: boolean;
}

const bytesOf = ({ data }: NdArray): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** What is read by other code is weights: under all names that are known for the network they come back to the bit. */
const compareWeights = async (
  registry: Registry,
  { network, task, dataset }: Exportable,
  folder: string,
): Promise<ComparedExport> => {
  const codes = network.head ? detectorCodes(task.name) : codesFor(network.backbone.name);
  for (const names of codes) {
    const exporter = registry.make(EXPORT_FORMAT, ['safetensors', { names }]);
    const { files } = await exporter.write({ network, task, dataset, folder: path.join(folder, names) });
    const { tensors } = await readWeights(files[0]!);
    const wanted = await takeWeights(networkSlots(network), networkNames(network, task.name, names));
    const odd = Object.entries(wanted).find(([name, array]) => {
      const found = tensors[name];
      return !found || String(found.shape) !== String(array.shape) || !bytesOf(found).equals(bytesOf(array));
    });
    if (odd) return { format: 'safetensors', runtime: names, apart: Infinity, fault: `${odd[0]} differs` };
  }
  return { format: 'safetensors', runtime: `names of ${codes.join(', ')}`, apart: 0 };
};

const compareOutputs = async (
  format: ExportFormat,
  made: Exportable,
  folder: string,
): Promise<Omit<ComparedExport, 'format'>> => {
  const runner = eagerRunner();
  const request = { ...made, folder };
  const exported = await format.write({ ...request, record: recordGraph });
  const { runtime, differences } = await verifyExport(format, request, exported, { runner });
  return { runtime, apart: Math.max(...Object.values(differences)) };
};

/** Writes a network by each format into a folder of its own, and compares what each file gives with what the network gives. */
export const compareExports = async (
  registry: Registry,
  made: Exportable,
  formats: readonly Spec[],
  folder: string,
): Promise<readonly ComparedExport[]> => {
  const compared: ComparedExport[] = [];
  for (const spec of formats) {
    const format = formatText(spec);
    const target = path.join(folder, format);
    try {
      const found =
        format === 'safetensors'
          ? await compareWeights(registry, made, target)
          : { format, ...(await compareOutputs(registry.make(EXPORT_FORMAT, spec), made, target)) };
      compared.push(found);
    } catch (error) {
      if (!(error instanceof UnderstoryError)) throw error;
      const why = /^Plain tfjs has no layer/.test(error.message)
        ? { refused: true }
        : { fault: error.message };
      compared.push({ format, runtime: '', apart: NaN, ...why });
    }
  }
  return compared;
};

/** What an export of a network gives of made images, by the network itself. */
const wantedOf = async ({ network, task, dataset }: Exportable, pixels: NdArray): Promise<NdArrays> => {
  const step = eagerRunner().step('wanted', inferenceStep(network, { task, ...dataset }));
  try {
    const made = await step.run({ images: pixels });
    const { names } = buildActivation(task, network);
    return Object.fromEntries(Object.entries(made).filter(([name]) => names.includes(name)));
  } finally {
    step.dispose();
  }
};

/** Writes made images and what the network gives of them, for other programs to compare with. */
export const writeWanted = async (made: Exportable, folder: string, images = 3): Promise<void> => {
  const pixels = testPixels(images, made.dataset.size);
  const wanted = Object.entries(await wantedOf(made, pixels));
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'pixels.f32'), bytesOf(pixels));
  for (const [name, array] of wanted) writeFileSync(path.join(folder, `${name}.f32`), bytesOf(array));
  const outputs = Object.fromEntries(wanted.map(([name, { shape }]) => [name, shape]));
  writeFileSync(path.join(folder, 'wanted.json'), JSON.stringify({ pixels: pixels.shape, outputs }));
};
