import {
  findStream,
  OBJECTIVE,
  plugin,
  type BuildContext,
  type BuiltObjective,
  type Objective,
  type StepContext,
  partOf,
  withPrefix,
  type Named,
} from '@understory/core';
import { spec } from '@understory/core/zod';
import { z } from 'zod';
import { unlabelled } from './settings.ts';

const NAME = 'contrastive-semi-supervision';

const Settings = z.strictObject({
  labelled: z.string().default('labelled').describe('stream with labels, by name'),
  unlabelled,
});

export const ContrastiveSemiSupervisionOptions = Settings.extend({
  supervised: spec
    .default(['cross-entropy', { stream: 'labelled' }])
    .describe('objective of the labelled images'),
  contrastive: spec
    .default(['contrastive-deep-supervision', { unlabelled: ['ntxent', { temperature: 0.07 }] }])
    .describe('objective of all images: labels and views on the labelled ones, views alone on the others'),
});
export type ContrastiveSemiSupervisionOptions = z.input<typeof Settings> & {
  readonly supervised: Objective;
  readonly contrastive: Objective;
};

const PREFIX = 'supervised/';

/** Two objectives as one: everything of the first carries a prefix. */
const joined = (first: BuiltObjective, second: BuiltObjective): BuiltObjective => {
  const both = <T>(one: Named<T> = {}, other: Named<T> = {}): Record<string, T> => ({
    ...withPrefix(PREFIX, one),
    ...other,
  });
  const firstSees = (step: StepContext): StepContext => ({ ...step, fed: partOf(step.fed, PREFIX) });
  const feeds = first.feed ?? second.feed;
  const updates = first.update ?? second.update;
  const own = first.rows === 'own' && second.rows === 'own';
  return {
    modules: both(first.modules, second.modules),
    ...(own && { rows: 'own' as const }),
    embeds: both(first.embeds, second.embeds),
    classifies: [
      ...(first.classifies ?? []).map(({ tap, modules }) => {
        return { tap, modules: modules.map((name) => `${PREFIX}${name}`) };
      }),
      ...(second.classifies ?? []),
    ],
    state: both(first.state, second.state),
    ...(feeds && { feed: (batch) => both(first.feed?.(batch), second.feed?.(batch)) }),
    terms(step) {
      const [one, other] = [first.terms(firstSees(step)), second.terms(step)];
      return { terms: both(one.terms, other.terms), carry: both(one.carry, other.carry) };
    },
    ...(updates && {
      update: (step, carry) => {
        first.update?.(firstSees(step), partOf(carry, PREFIX));
        second.update?.(step, carry);
      },
    }),
    dispose() {
      first.dispose?.();
      second.dispose?.();
    },
  };
};

const build = async (
  context: BuildContext,
  { supervised, contrastive, ...options }: ContrastiveSemiSupervisionOptions,
): Promise<BuiltObjective> => {
  const { labelled, unlabelled: other } = Settings.parse(options);
  findStream(NAME, context.streams, { stream: labelled, labelled: true });
  findStream(NAME, context.streams, { stream: other, views: 2, batch: 2 });
  const seed = context.seed.at('supervised');
  return joined(await supervised.build({ ...context, seed }), await contrastive.build(context));
};

/**
 * The paper's semi-supervised training (Zhang et al. 2022): the task on the labelled images, contrastive terms on all,
 * whose positives are labels and views on the labelled stream and views alone on the unlabelled one. Terms: those of
 * `supervised` under `supervised/`, and those of `contrastive`.
 */
export const contrastiveSemiSupervision = (options: ContrastiveSemiSupervisionOptions): Objective => {
  Settings.parse({ labelled: options.labelled, unlabelled: options.unlabelled });
  return { name: NAME, views: 2, build: (context) => build(context, options) };
};

export const contrastiveSemiSupervisionPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'The task on labelled images, contrastive deep supervision on all',
  when: 'Few of your images have labels: begin with this one.',
  source: 'Zhang et al., ECCV 2022',
  options: ContrastiveSemiSupervisionOptions,
  uses: { supervised: OBJECTIVE, contrastive: OBJECTIVE },
  create: contrastiveSemiSupervision,
});
