import path from 'node:path';
import { checkConfig, configText, OPEN_KEYS, openDataset, type ExperimentInput } from '@understory/config';
import {
  dataLine,
  describeData,
  median,
  PLACE,
  provide,
  UnderstoryError,
  type Registry,
  type Spec,
} from '@understory/core';
import type { Listeners } from '../listeners.ts';
import { placeIn } from '../session.ts';
import { openSuited } from '../suit/openSuited.ts';
import type { Choice } from '../suit/suitConfig.ts';
import { choiceLines } from '../suit/suitedText.ts';
import type { FoundData } from './findData.ts';

/** How a config is begun. */
export interface InitRequest extends Pick<Listeners, 'say' | 'onProgress'> {
  readonly registry: Registry;
  /** Where the config will lie: it names its data from here. The current folder where absent. */
  readonly folder?: string;
  /** What was found, by its path from the current folder. */
  readonly data: FoundData | undefined;
  readonly name: string;
  /** Side of the network's images in pixels; by the pictures where absent. */
  readonly size?: number | undefined;
  readonly backbone: string;
  /** Multiplies its channels. */
  readonly width: number;
  /** With losses on the stages, or without. */
  readonly method: 'cds' | 'baseline';
}

export interface NewConfig {
  /** YAML. */
  readonly text: string;
  /** What it trains on, in a line. */
  readonly about: string;
  readonly choices: readonly Choice[];
}

/** Pictures that are looked at for their size. */
const LOOKED_AT = 16;
/** Sides of networks' images: the largest one that the pictures fill, but no larger than is trained in minutes. */
const SIDES = [32, 64, 96, 128];

/** Shorter side of some training pictures at their own size, in the middle of all. */
const pictureSide = async (
  registry: Registry,
  dataset: Spec,
  listeners: Pick<Listeners, 'say'>,
): Promise<number> => {
  const opened = await openDataset(registry, checkConfig({ dataset }, registry), listeners);
  try {
    const { train } = opened;
    const sides: number[] = [];
    for (let i = 0; i < Math.min(LOOKED_AT, train.length); i++) {
      const at = Math.floor((i * train.length) / LOOKED_AT);
      const picture = await train.readPicture?.(Math.min(at, train.length - 1)).catch(() => undefined);
      if (picture) sides.push(Math.min(picture.height, picture.width));
    }
    return sides.length > 0 ? median(sides) : 0;
  } finally {
    await opened.close?.();
  }
};

const optionsOf = ({ root, classes }: FoundData): Record<string, unknown> => ({
  root,
  ...(classes && { classes }),
});

const sideOf = async ({ data, size, registry, say }: InitRequest): Promise<number | undefined> => {
  if (size !== undefined || !data) return size;
  const side = await pictureSide(registry, [data.plugin, { ...optionsOf(data), size: [32, 32] }], { say });
  return SIDES.findLast((one) => one <= Math.max(side, 32));
};

/** Data of boxes wants a detector, with the optimizer that detectors learn by here. */
const BOXES = {
  task: ['retinanet', { width: 64, depth: 2, base: 2 }],
  objectives: ['retinanet-loss'],
  optimizer: ['adamw', { weightDecay: 0.01, clip: 5 }],
  schedule: ['cosine', { rate: 0.002, warmupEpochs: 2 }],
  metrics: [['coco-ap', { first: 'AP50' }]],
} satisfies Partial<ExperimentInput>;

const OBJECTIVES = { cds: ['cross-entropy', 'contrastive-deep-supervision'], baseline: ['cross-entropy'] };

/** A config in its few lines, before its data is asked for the rest. */
const draftOf = async (request: InitRequest): Promise<ExperimentInput> => {
  const { data, name, backbone, width, method } = request;
  const side = await sideOf(request);
  const size = side === undefined ? {} : { size: data?.plugin === 'voc' ? side : [side, side] };
  return {
    name,
    dataset: data ? [data.plugin, { ...optionsOf(data), ...size }] : 'emoji',
    backbone: [backbone, { width }],
    ...(data?.plugin === 'voc' ? BOXES : { objectives: OBJECTIVES[method] }),
  };
};

/** Keys that a new config says, in the order in which people read them. */
const SAID = [
  ...['name', 'dataset', 'task', 'backbone', 'objectives', 'views', 'epochs', 'batch'],
  ...['optimizer', 'schedule', 'metrics'],
];

/** A config's text: what was asked for, and what the data chose with why. */
const textOf = (
  draft: ExperimentInput,
  config: Readonly<Record<string, unknown>>,
  choices: readonly Choice[],
): string => {
  const chosen = choices.map(({ key }) => key.split('.')[0] ?? '');
  const said = SAID.filter((key) => chosen.includes(key) || Object.hasOwn(draft, key));
  const lines = choiceLines(choices);
  const comments = Object.fromEntries(chosen.map((key, i) => [key, (lines[i] ?? '').replace(/^.*?: /, '')]));
  return configText(Object.fromEntries(said.map((key) => [key, config[key]])), comments);
};

/** Data that was found from the current folder, as a config in another one names it. */
const seenFrom = (folder: string, data: FoundData): FoundData =>
  path.isAbsolute(data.root) ? data : { ...data, root: path.relative(folder, data.root) || '.' };

/** Makes a config for the data that was found, or for the emoji set. Errors: those of the dataset, `config`. */
export const initConfig = async (request: InitRequest): Promise<NewConfig> => {
  const { folder = process.cwd(), data, say, onProgress } = request;
  const registry = request.registry.provide([provide(PLACE, placeIn(folder))]);
  const draft = await draftOf({ ...request, registry, data: data && seenFrom(folder, data) });
  const config = checkConfig(draft, registry);
  const open = OPEN_KEYS.filter((key) => draft[key] === undefined);
  const checked = { config, registry, open, folder, locate: () => 'the new config' };
  const suited = await openSuited(checked, { say, ...(onProgress && { onProgress }) });
  try {
    const { dataset } = suited;
    const { classes, train } = dataset;
    if (classes.length < 2 && data?.plugin === 'images')
      throw new UnderstoryError('init', `There is one class, "${classes[0] ?? ''}": nothing to tell apart.`);
    const about = dataLine(describeData({ dataset, streams: [{ samples: train }] }));
    return { text: textOf(draft, { ...suited.config }, suited.choices), about, choices: suited.choices };
  } finally {
    await suited.dataset.close?.();
  }
};
