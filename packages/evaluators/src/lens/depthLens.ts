import {
  EVALUATOR,
  LOG,
  plugin,
  UnderstoryError,
  type Dataset,
  type EvaluationRequest,
  type Evaluator,
  type TrainingUnderWay,
} from '@understory/core';
import { z } from 'zod';
import { once } from '../features.ts';
import { gradientNumbers } from './gradientNumbers.ts';
import { measureStage } from './look.ts';
import { MEASURES, numbersOf, OF_CLASSES, OF_TRAINING } from './measures.ts';
import { stageViews, type Wanted } from './stageViews.ts';

const NAME = 'depth-lens';

/** Batches whose gradients are compared at a look. */
export const BATCHES = 8;
/** What the looks may cost by default, as a share of the images that training shows; the rest of 5 % is for arithmetic. */
const SHARE = 0.03;

export const DepthLensOptions = z.strictObject({
  measures: z
    .union([z.literal('all'), z.array(z.enum(MEASURES)).min(1)])
    .default('all')
    .describe(
      'what is measured of each stage; probe, knn and neighbours where images have one class each, gradient where stages have losses of their own',
    ),
  images: z
    .int()
    .min(10)
    .max(50_000)
    .default(2000)
    .describe(
      'measured images, of each class as many, always the same; as many training images for probe and knn',
    ),
  every: z
    .int()
    .positive()
    .optional()
    .describe(
      'epochs between two looks; by default as many as keep them under 5 % of the time; the end of a run is always looked at',
    ),
});
export type DepthLensOptions = z.input<typeof DepthLensOptions> & {
  /** Told of stages that cannot be measured. */
  readonly log?: (line: string) => void;
};

interface Settings extends Wanted {
  readonly every: number | undefined;
}

/** Epochs between two looks, so that these show the network few images beside training. Forward and backward count as three. */
const spacing = (
  { images, every, wanted }: Settings,
  { samples, taps = [] }: EvaluationRequest,
  { steps, shown }: TrainingUnderWay,
): number => {
  if (every !== undefined) return every;
  const measured = 4 * Math.min(images, samples.length); // as they are, in two views, and the bank
  const compared = wanted.has('gradient') ? BATCHES * shown * 3 * (1 + taps.length / 2) : 0;
  return Math.max(1, Math.ceil((measured + compared) / (SHARE * 3 * steps * shown)));
};

/** Whether it is time: at the end on the test images, or those that there are. */
const isDue = (settings: Settings, request: EvaluationRequest): boolean => {
  const { training, samples, dataset } = request;
  if (!training) return true;
  if (training.at === 'end') return samples === dataset.test || dataset.test.length === 0;
  return (training.epoch + 1) % spacing(settings, request, training) === 0;
};

/** Throws where measures that need classes are asked for by name, and images have none. */
const checkClasses = (measures: DepthLensOptions['measures'], { train }: Dataset): void => {
  const asked = OF_CLASSES.filter((measure) => measures !== 'all' && measures?.includes(measure));
  if (asked.length === 0 || train.groups) return;
  throw new UnderstoryError(
    'no-labels',
    `${NAME}: ${asked.join(', ')} need images of one class each, and these have none. Take them out of "measures", or leave "measures" out.`,
  );
};

const tellOfFinished = ({ wanted, log }: Settings): void => {
  const left = OF_TRAINING.filter((measure) => wanted.has(measure));
  if (left.length > 0)
    log(`${NAME}: ${left.join(', ')} look at a training under way, so of a finished run they are left out.`);
};

const look = async (request: EvaluationRequest, settings: Settings): Promise<Record<string, number>> => {
  const found: Record<string, number> = {};
  for (const [tap, view] of Object.entries(await stageViews(request, settings))) {
    if (!view) {
      settings.log(`${NAME}: what ${tap} makes of the images is not finite, so it is not measured.`);
      continue;
    }
    for (const [name, value] of Object.entries(await measureStage(view, settings.wanted)))
      found[`${tap}/${name}`] = value;
  }
  const { training } = request;
  if (!training) tellOfFinished(settings);
  if (!training || !settings.wanted.has('gradient')) return found;
  return { ...found, ...gradientNumbers(await training.agreement(BATCHES)) };
};

/**
 * What each tapped stage knows and does, during training and after it: numbers named `<tap>/<measure>`, of the same images
 * for every network and epoch, pooled over their places, in inference mode. It changes nothing of what is trained.
 */
export const depthLens = ({ log = () => undefined, ...options }: DepthLensOptions = {}): Evaluator => {
  const { measures, images, every } = DepthLensOptions.parse(options);
  const chosen = measures === 'all' ? MEASURES : measures;
  const settings: Settings = { ...{ images, every, log: once(log) }, wanted: new Set(chosen) };
  return {
    ...{ name: NAME, when: 'epoch' },
    perTap: numbersOf(chosen),
    check: (dataset) => checkClasses(measures, dataset),
    async evaluate(request) {
      const due = request.samples.length > 1 && isDue(settings, request);
      return due ? look(request, settings) : {};
    },
  };
};

export const depthLensPlugin = plugin({
  token: EVALUATOR,
  name: NAME,
  summary:
    'What each stage knows of the classes, how it spreads images, and whether its loss pulls with the task',
  when: 'You want to see where supervision of stages helped or hurt, on your own data. understory advise reads it for you.',
  source:
    'ours, of measures by Wang and Isola 2020, Roy and Vetterli 2007, Garrido et al. 2023, Wu et al. 2018, Yu et al. 2020',
  options: DepthLensOptions,
  uses: { log: LOG },
  create: depthLens,
});
