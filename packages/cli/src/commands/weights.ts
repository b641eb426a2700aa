import { counted, UnderstoryError } from '@understory/core';
import { type LeftOut } from '@understory/interop';
import { inspectWeights, type WeightsSummary } from '@understory/interop/node';
import { copyWeights, renameWeights, type NetworkNames } from '@understory/runs';
import { fitted } from '../output/width.ts';
import { jsonText, oneLine, textTable } from '../text.ts';

const short = (value: number): string => (Number.isFinite(value) ? value.toPrecision(3) : '');

/** The first names of many. */
const few = (names: readonly string[], most = 8): string =>
  names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');

/** What is left out, a line each; the first of many. */
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
      fitted(
        `${format}, ${counted(tensors.length, 'tensor')}, ${size.toLocaleString('en')} numbers, as they are read`,
      ),
      ...[...notes, ...leftLines(leftOut, 20)].map(oneLine),
    ].join('\n'),
  ].join('\n\n');
};

/** `understory weights inspect <file>`: every tensor of a weights file. */
export const inspect = async (file: string, { json }: { json: boolean }): Promise<void> => {
  const summary = await inspectWeights(file);
  process.stdout.write(`${json ? jsonText(summary) : textOf(summary)}\n`);
};

type ConvertOptions = Partial<NetworkNames>;

/** Errors: `options` for what means nothing without the network that the weights belong to. */
const refuseIdle = (options: ConvertOptions): void => {
  const ofBackbone = ['from', 'to', 'prefix', 'stem', 'classes', 'size', 'set', 'plugin'] as const;
  const idle = ofBackbone.filter((key) => options[key] !== undefined && String(options[key]) !== '');
  if (idle.length === 0) return;
  const named = idle.map((key) => `--${key}`).join(', ');
  const why = 'names and layouts are translated by the network that they belong to';
  throw new UnderstoryError('options', `${named} need --backbone: ${why}.`);
};

const copy = async (source: string, target: string): Promise<string[]> => [
  `${target}: safetensors, names and layouts as they were.`,
  ...leftLines(await copyWeights(source, target)),
];

const rename = async (source: string, target: string, names: NetworkNames): Promise<string[]> => {
  const { tensors, classes, from, to, rest, leftOut, notFinite } = await renameWeights(source, target, names);
  const classifier =
    classes === undefined ? 'without a classifier, which the file has none of' : `with ${classes} classes`;
  const count = counted(tensors, 'tensor');
  return [
    `${target}: ${names.backbone} ${classifier}, ${count}, from names of ${from} to names of ${to}.`,
    ...(rest.length > 0 ? [`left out: ${counted(rest.length, 'tensor')} (${few(rest)})`] : []),
    ...leftLines(leftOut),
    ...(notFinite.length > 0 ? [`NaN or infinite numbers in: ${notFinite.join(', ')}`] : []),
  ];
};

/** `understory weights convert <in> <out>`: to safetensors, and with a backbone from one code's names to another's. */
export const convert = async (
  source: string,
  target: string,
  { backbone, ...options }: ConvertOptions,
): Promise<void> => {
  if (backbone === undefined) refuseIdle(options);
  const lines =
    backbone === undefined ? copy(source, target) : rename(source, target, { backbone, ...options });
  process.stdout.write(`${(await lines).map(oneLine).join('\n')}\n`);
};
