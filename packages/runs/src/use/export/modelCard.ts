import path from 'node:path';
import { counted, type DoneEvent, type Exported, type ExportFormat, type StartEvent } from '@understory/core';
import { officialOfPlugin } from '@understory/datasets';
import { readMetricsFile, writeAtomic, type MetricsLine } from '@understory/tracking/node';
import type { Trained } from '../../load/loadNetwork.ts';
import { preprocessingOf, type RunInfo } from '../../run/runInfo.ts';
import { metricText } from '../predictionText.ts';
import type { Verification } from './verifyExport.ts';

export interface CardRequest {
  readonly trained: Trained;
  readonly folder: string;
  readonly format: ExportFormat;
  readonly exported: Exported;
  readonly verified?: Verification | undefined;
}

/** Drawings that come with npm: whose they are. */
const EMOJI =
  'drawings of Google (Noto Emoji: Apache-2.0; Copyright Google) and of Twitter (Twemoji: CC-BY 4.0; Copyright Twitter, Inc and other contributors)';

/** On which terms a dataset is to be had, as far as its plugin alone tells. */
const termsOf = (plugin: string): string =>
  plugin === 'emoji'
    ? EMOJI
    : (officialOfPlugin(plugin)?.terms ??
      'not known here: say where these images come from, and on which terms');

const linesOf = (file: string): Promise<readonly MetricsLine[]> =>
  readMetricsFile(file).then(
    ({ lines }) => lines,
    () => [],
  );

const madeText = ({ made }: RunInfo): string =>
  made
    ? `Begun with commit ${made.commit ?? 'not known'} of its config's folder, @understory/runs ${made.version}, ${made.processor}, ` +
      `weights ${made.weights}`
    : 'What it was begun with was not kept by the version that trained it';

/** A cell of a table of markdown. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(' | ')} |`,
  `| ${head.map(() => '---').join(' | ')} |`,
  ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
];

const metricRows = (start: StartEvent | undefined, done: DoneEvent | undefined): string[] => {
  const result = done?.result;
  if (!result) return ['The run has not ended: no metrics were kept.'];
  const { best, bestEpoch, selectOn } = result;
  const names = [...new Set([...Object.keys(best.validation), ...Object.keys(best.test)])];
  const told = (values: Readonly<Record<string, number>>, name: string): string => {
    const value = values[name];
    return value === undefined ? '–' : metricText(value, start?.units?.[name]);
  };
  const rows = names.map((name) => [name, told(best.validation, name), told(best.test, name)]);
  return [
    `Of the weights after epoch ${bestEpoch + 1}, the best on ${selectOn} images:`,
    '',
    ...table(['metric', 'validation', 'test'], rows),
  ];
};

const dataText = ({ info }: Trained, start: StartEvent | undefined): string[] => {
  const [plugin] = [info.config.dataset].flat() as [string];
  const counts = start?.data?.counts;
  return [
    `- Dataset: ${info.dataset.name}, plugin \`${plugin}\``,
    ...(counts
      ? [`- Images: ${counts.train} train, ${counts.validation} validation, ${counts.test} test`]
      : []),
    ...(start?.data?.leftOut ?? []).map(({ reason, count }) => `- Left out: ${count} ${reason}`),
    `- Licence: ${termsOf(plugin)}`,
  ];
};

const verifiedText = ({ runtime, images, differences, within, agreement, isSeen }: Verification): string => {
  const all = Object.entries(differences).map(([name, apart]) => `${name} ${apart.toExponential(1)}`);
  const bound = within === null ? 'no bound, since weights are rounded to 8 bits' : `at most ${within}`;
  const real = isSeen ? 'images of its data, which it was calibrated by,' : 'images of its data';
  const kind = agreement === undefined ? 'made images' : real;
  const same =
    agreement === undefined ? '' : ` The likeliest class is the same on ${(100 * agreement).toFixed(1)} %.`;
  return `Compared with the network itself on ${images} ${kind} in ${runtime}: largest differences ${all.join(', ')} (${bound}).${same}`;
};

const lastOf = <T extends MetricsLine['type']>(
  lines: readonly MetricsLine[],
  type: T,
): Extract<MetricsLine, { readonly type: T }> | undefined =>
  lines.filter((line): line is Extract<MetricsLine, { readonly type: T }> => line.type === type).at(-1);

/** What a stranger should know of an exported model, as a page of markdown. */
export const modelCard = async ({ trained, format, exported, verified }: CardRequest): Promise<string> => {
  const { info, run } = trained;
  const { config, dataset } = info;
  const lines = await linesOf(run.files.metrics);
  const [start, done] = [lastOf(lines, 'start'), lastOf(lines, 'done')];
  const {
    normalization: { mean, std },
    crop,
  } = preprocessingOf(info);
  const [height, width] = dataset.size;
  const [cutBy, normalizedBy] = format.open
    ? ['which the file cuts out by itself', 'The file normalises by itself']
    : ['which is cut out first', 'Then it is normalised'];
  const weights = start ? ` (${start.parameters.inference.toLocaleString('en')} trained numbers)` : '';
  return [
    ...['---', `library_name: ${format.name}`, 'tags: [understory]', '---', '', `# ${config.name}`, ''],
    `\`${[config.backbone].flat()[0] as string}\`${weights} for the task \`${[config.task].flat()[0] as string}\`, trained with Understory.`,
    ...['', '## Use', '', `\`${path.basename(exported.files[0] ?? '')}\`: ${exported.about}`, ''],
    `- Input: \`pixels\`, RGB 0…255, ${height}×${width}; a picture is ${dataset.fit === 'contain' ? 'fitted whole' : 'scaled to cover it, its middle cut out'}`,
    ...(crop ? [`- Of that the network sees the middle ${crop.join('×')}, ${cutBy}`] : []),
    `- ${normalizedBy}: mean ${mean.join(', ')}; deviation ${std.join(', ')} (of 0…1)`,
    ...(exported.outputs ? [`- Output: ${exported.outputs.map((name) => `\`${name}\``).join(', ')}`] : []),
    ...(verified ? ['', verifiedText(verified)] : []),
    ...['', `## Classes (${dataset.classes.length})`, '', dataset.classes.map(cell).join(', ')],
    ...['', '## Metrics', '', ...metricRows(start, done)],
    ...['', '## Data', '', ...dataText(trained, start)],
    ...['', '## Training', ''],
    `- Seed ${config.seed}, ${counted(config.epochs, 'epoch')}, batch ${config.batch}; on ${start?.engine ?? 'an engine that was not kept'}`,
    `- ${madeText(info)}`,
    `- Exported by Node ${process.versions.node}`,
    ...(info.history ?? []).map(({ time, step }) => `- Went on otherwise at step ${step} (${time})`),
    ...['', '```json', JSON.stringify(config, null, 2), '```', ''],
  ].join('\n');
};

/** Writes the card beside an exported file. */
export const writeCard = async (request: CardRequest): Promise<string> => {
  const file = path.join(request.folder, 'MODEL_CARD.md');
  await writeAtomic(file, await modelCard(request));
  return file;
};
