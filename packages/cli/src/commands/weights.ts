import { UnderstoryError } from '@understory/core';
import {
  backboneTensors,
  convertWeights,
  inspectWeights,
  readWeights,
  translate,
  writeWeights,
  type TranslateOptions,
  type WeightsSummary,
} from '@understory/interop';
import { writeAtomic } from '@understory/tracking';
import { chooseBackbone, type BackboneChoice } from '../backboneChoice.ts';
import { jsonText } from '../jsonText.ts';
import { loadCpu } from '../loadCpu.ts';
import { openRegistry } from '../session.ts';
import { textTable } from '../table.ts';

const short = (value: number): string => (Number.isFinite(value) ? value.toPrecision(3) : '');

const textOf = ({ format, metadata, tensors, size }: WeightsSummary): string => {
  const rows = tensors.map((t) => [
    t.name,
    t.dtype,
    t.shape.join('×'),
    t.size.toLocaleString('en'),
    short(t.mean),
    short(t.std),
    t.notFinite > 0 ? String(t.notFinite) : '',
  ]);
  const notes = Object.entries(metadata).map(([key, value]) => `  ${key}: ${value.slice(0, 100)}`);
  return [
    textTable(['tensor', 'type', 'shape', 'numbers', 'mean', 'deviation', 'not finite'], rows),
    [
      `${format}, ${tensors.length} tensors, ${size.toLocaleString('en')} numbers, as they are read`,
      ...notes,
    ].join('\n'),
  ].join('\n\n');
};

/** `understory weights inspect <file>`: every tensor of a weights file. */
export const inspect = async (file: string, { json }: { json: boolean }): Promise<void> => {
  const summary = await inspectWeights(file);
  process.stdout.write(`${json ? jsonText(summary) : textOf(summary)}\n`);
};

interface ConvertOptions extends TranslateOptions, BackboneChoice {
  readonly backbone?: string;
  readonly plugin: readonly string[];
}

/** Keeps all names and layouts. */
const copy = async (source: string, target: string): Promise<string> => {
  await writeAtomic(target, await convertWeights(source));
  return `${target}: safetensors, names and layouts as they were.\n`;
};

const between = async (
  source: string,
  target: string,
  name: string,
  { plugin, stem, classes, size, set, ...codes }: ConvertOptions,
): Promise<string> => {
  await loadCpu();
  const registry = await openRegistry(plugin, process.cwd());
  const choice = {
    ...(stem !== undefined && { stem }),
    ...(classes !== undefined && { classes }),
    ...(size !== undefined && { size }),
    ...(set && { set }),
  };
  const { factory, request } = chooseBackbone(registry, name, choice);
  const file = backboneTensors(await readWeights(source));
  const { tensors, from, to, backbone } = translate(file, factory, request, codes);
  await writeWeights(target, tensors, { backbone: name, names: to });
  const { length } = Object.keys(tensors);
  return `${target}: ${name} with ${backbone.classes} classes, ${length} tensors, from names of ${from} to names of ${to}.\n`;
};

/** `understory weights convert <in> <out>`: to safetensors, and with a backbone from one code's names to another's. */
export const convert = async (source: string, target: string, options: ConvertOptions): Promise<void> => {
  const { backbone } = options;
  const ofBackbone = ['from', 'to', 'prefix', 'stem', 'classes', 'size', 'set', 'plugin'] as const;
  const idle = ofBackbone.filter((key) => options[key] !== undefined && String(options[key]) !== '');
  if (backbone === undefined && idle.length > 0) {
    const named = idle.map((key) => `--${key}`).join(', ');
    const why = 'names and layouts are translated by the network that they belong to';
    throw new UnderstoryError('options', `${named} need --backbone: ${why}.`);
  }
  process.stdout.write(
    backbone === undefined ? await copy(source, target) : await between(source, target, backbone, options),
  );
};
