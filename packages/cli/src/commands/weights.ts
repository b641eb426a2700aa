import { UnderstoryError } from '@understory/core';
import {
  backboneTensors,
  namingFile,
  translate,
  type LeftOut,
  type TranslateOptions,
} from '@understory/interop';
import {
  convertWeights,
  inspectWeights,
  readWeights,
  writeWeights,
  type WeightsSummary,
} from '@understory/interop/node';
import { writeAtomic } from '@understory/tracking/node';
import { chooseBackbone, type BackboneChoice, loadCpu, openRegistry } from '@understory/runs';
import { jsonText } from '../jsonText.ts';
import { textTable } from '../table.ts';

const short = (value: number): string => (Number.isFinite(value) ? value.toPrecision(3) : '');

/** `1 tensor`, `2 tensors`. */
const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** What a file holds and no tensor is made of, a line each; the first of many. */
const leftLines = (leftOut: readonly LeftOut[], most = 8): string[] => {
  if (leftOut.length === 0) return [];
  const count = (kind: LeftOut['kind']): number => leftOut.filter((one) => one.kind === kind).length;
  const kinds = (['tensor', 'object'] as const).filter((kind) => count(kind) > 0);
  const rest = leftOut.length - most;
  return [
    `left out: ${kinds.map((kind) => counted(count(kind), kind)).join(' and ')}`,
    ...leftOut.slice(0, most).map(({ name, kind, why }) => `  ${name} (${kind}): ${why}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
};

/** Names of a file that are not in what is written. */
const restLine = (names: readonly string[], most = 8): string[] => {
  if (names.length === 0) return [];
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return [`left out: ${counted(names.length, 'tensor')} (${names.slice(0, most).join(', ')}${more})`];
};

const linesOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

const textOf = ({ format, metadata, tensors, size, leftOut }: WeightsSummary): string => {
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
      ...leftLines(leftOut, 20),
    ].join('\n'),
  ].join('\n\n');
};

/** `understory weights inspect <file>`: every tensor of a weights file. */
export const inspect = async (file: string, { json }: { json: boolean }): Promise<void> => {
  const summary = await inspectWeights(file);
  process.stdout.write(`${json ? jsonText(summary) : textOf(summary)}\n`);
};

interface ConvertOptions extends Pick<TranslateOptions, 'from' | 'to' | 'prefix'>, BackboneChoice {
  readonly backbone?: string;
  readonly plugin: readonly string[];
}

const CURE =
  'Is it for another --backbone or --stem? --from says whose names the file has, --prefix what stands before them.';

/** Keeps all names and layouts. */
const copy = async (source: string, target: string): Promise<string> => {
  const leftOut: LeftOut[] = [];
  await writeAtomic(target, await convertWeights(source, { left: (all) => leftOut.push(...all) }));
  return linesOf([`${target}: safetensors, names and layouts as they were.`, ...leftLines(leftOut)]);
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
  const weights = await readWeights(source);
  const options = { ...codes, leftOut: weights.leftOut, cure: CURE };
  const made = namingFile(source, () => translate(backboneTensors(weights), factory, request, options));
  const { tensors, from, to, backbone, classifier, rest, notFinite } = made;
  await writeWeights(target, tensors, { backbone: name, names: to });
  const count = counted(Object.keys(tensors).length, 'tensor');
  const classesText = classifier
    ? `with ${backbone.classes} classes`
    : 'without a classifier, which the file has none of';
  return linesOf([
    `${target}: ${name} ${classesText}, ${count}, from names of ${from} to names of ${to}.`,
    ...restLine(rest),
    ...leftLines(weights.leftOut),
    ...(notFinite.length > 0 ? [`NaN or infinite numbers in: ${notFinite.join(', ')}`] : []),
  ]);
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
