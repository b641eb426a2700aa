import { describeBackbone } from '@understory/backbones';
import { parseConfig, type ExperimentConfig, type ExperimentInput } from '@understory/config';
import { BACKBONE, OBJECTIVE, seedOf, type Registry, type Spec } from '@understory/core';
import { OFFICIAL, type OfficialDataset } from '@understory/datasets';

type Options = Readonly<Record<string, unknown>>;

const partsOf = (spec: Spec): readonly [name: string, options: Options] =>
  typeof spec === 'string' ? [spec, {}] : [spec[0], spec[1]];

/** What heads and branches add to a step of the backbone alone, as a factor; others add little. */
const OBJECTIVES: Readonly<Record<string, number>> = {
  'deeply-supervised-nets': 1.1,
  'knowledge-synergy': 2.2,
  'hierarchical-mimicking': 2.2,
  'native-ensemble': 1.6,
  'contrastive-deep-supervision': 1.05,
  'bootstrap-latents': 1.33,
};

/** What detectors add to their backbones. */
const TASKS: Readonly<Record<string, number>> = { retinanet: 2.9, 'faster-rcnn': 2.5 };

/** What is published of the one dataset that a plugin reads. */
const officialOf = (plugin: string): OfficialDataset | undefined => {
  const found = [...OFFICIAL.values()].filter((one) => one.plugin === plugin);
  return found.length === 1 ? found[0] : undefined;
};

/** Training images of an epoch; undefined where only the data itself can tell. */
const imagesOf = ({ dataset, unlabelled }: ExperimentConfig): number | undefined => {
  const [name, { limit, validation = 0.1, trainOn = 'train+val' }] = partsOf(dataset);
  const most = typeof limit === 'object' ? (limit as { train?: number } | null)?.train : limit;
  const share = unlabelled ? unlabelled.labelled : 1;
  if (typeof most === 'number') return most * share;
  if (name === 'emoji') return 3000; // of two drawings each, without those of validation and test
  const { train, validation: official = 0, test = 0 } = officialOf(name)?.images ?? {};
  if (train === undefined) return undefined;
  const both = test > 0 && official > 0 && trainOn === 'train+val' ? official : 0;
  return (train + both) * share * (official > 0 ? 1 : 1 - Number(validation));
};

const sideOf = (size: unknown): readonly [number, number] | undefined => {
  if (typeof size === 'number') return [size, size];
  if (Array.isArray(size)) {
    const [height, width] = size as readonly number[];
    return height === undefined || width === undefined ? undefined : [height, width];
  }
  const { shortest, longest } = (size ?? {}) as { shortest?: number; longest?: number };
  return shortest !== undefined && longest !== undefined ? [shortest, longest] : undefined;
};

/** Pixels of what the network sees: of the first view's crop, else of the dataset's pictures. */
const pixelsOf = ({ views = [], dataset }: ExperimentConfig): number => {
  const cropped = (views[0] ?? []).map((spec) => partsOf(spec)).find(([name]) => /crop/.test(name));
  const [height, width] = sideOf(cropped?.[1]['size']) ?? sideOf(partsOf(dataset)[1]['size']) ?? [32, 32];
  return height * width;
};

/** What a step's parts cost. */
export interface Weigher {
  /** Multiply-adds of a backbone for one image, by pixels of the image; each backbone is built once. */
  readonly weigh: (backbone: Spec, pixels: number) => number;
  /** Views that objectives read where the config names none. */
  readonly viewsOf: (objectives: readonly Spec[]) => number;
}

export const weigher = (registry: Registry): Weigher => {
  const known = new Map<string, number>();
  const weigh: Weigher['weigh'] = (backbone, pixels) => {
    const key = JSON.stringify(backbone);
    const side = partsOf(backbone)[1]['stem'] === 'imagenet' ? 224 : 32;
    const found = known.get(key);
    if (found !== undefined) return found * pixels;
    const built = registry.make(
      BACKBONE,
      backbone,
    )({ classes: 100, size: [side, side], seed: seedOf(0), blank: true });
    const each = describeBackbone(built).multiplyAdds / side ** 2;
    built.model.dispose();
    known.set(key, each);
    return each * pixels;
  };
  const viewsOf: Weigher['viewsOf'] = (objectives) =>
    Math.max(1, ...objectives.map((spec) => registry.make(OBJECTIVE, spec).views ?? 1));
  return { weigh, viewsOf };
};

const factorOf = ({ objectives, task }: ExperimentConfig): number =>
  [...objectives, task]
    .map((spec) => partsOf(spec)[0])
    .reduce((factor, name) => factor * (OBJECTIVES[name] ?? TASKS[name] ?? 1), 1);

/** Images in all views that a step's streams show for one image of the first stream. */
const shownOf = (
  { views, objectives, unlabelled, batch }: ExperimentConfig,
  { viewsOf }: Weigher,
): number => {
  const shown = views?.length ?? viewsOf(objectives);
  const others = unlabelled ? ((unlabelled.views?.length ?? shown) * unlabelled.batch) / batch : 0;
  return shown + others;
};

const hasTeacher = (config: ExperimentConfig): boolean =>
  /"teacher":\{"run"/.test(JSON.stringify(config.objectives));

/**
 * About how many multiply-adds training takes: three times the way forward (once where nothing but a classifier learns), and the
 * teacher's. Undefined where only the data tells how many images there are.
 */
export const trainingCost = (
  input: ExperimentInput,
  teacher: ExperimentInput | undefined,
  weigher: Weigher,
): number | undefined => {
  const config = parseConfig(input);
  const images = imagesOf(config);
  if (images === undefined) return undefined;
  const { weigh } = weigher;
  const seen = images * config.epochs * shownOf(config, weigher);
  const pixels = pixelsOf(config);
  const forward = weigh(config.backbone, pixels);
  const passes = ['all', 'stage4'].includes(config.freeze?.upTo ?? '') ? 1 : 3;
  const taught = teacher && hasTeacher(config) ? weigh(parseConfig(teacher).backbone, pixels) : 0;
  return seen * (forward * passes * factorOf(config) + taught);
};
