import {
  classLogits,
  findStream,
  OBJECTIVE,
  plugin,
  requireClasses,
  UnderstoryError,
  type BuildContext,
  type BuiltObjective,
  type Objective,
  type StepContext,
  type Term,
} from '@understory/core';
import { streamName, weight } from '@understory/core/zod';
import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { chooseTaps } from '../taps.ts';
import { confidencePenalty, negativeEntropy } from './measures.ts';

const NAME = 'tap-entropy';

export const TapEntropyOptions = z.strictObject({
  weight: weight(0.01, 'each term'),
  taps: z
    .union([z.enum(['all', 'none']), z.array(z.string()).min(1)])
    .default('all')
    .describe(
      'stages whose channels are softened by name; "all" is every one but the last, "none" the logits alone',
    ),
  logits: z
    .boolean()
    .optional()
    .describe(
      'soften the classifier\'s logits too: the confidence penalty; true where "taps" is "none", else false',
    ),
  least: z
    .number()
    .positive()
    .optional()
    .describe('entropy from which on nothing is asked, in nats; more is always better where nothing is said'),
  view: z
    .union([z.literal('all'), z.int().min(0)])
    .default(0)
    .describe('view that is looked at, counted from 0, or "all"'),
  stream: streamName(),
});
export type TapEntropyOptions = z.input<typeof TapEntropyOptions>;

type Settings = z.output<typeof TapEntropyOptions> & { readonly logits: boolean };

const build = (
  context: BuildContext,
  { weight, taps, logits, least, view, stream }: Settings,
): BuiltObjective => {
  const { name } = findStream(NAME, context.streams, { stream, views: view === 'all' ? 1 : view + 1 });
  if (logits) requireClasses(NAME, context, { logits: true });
  const chosen = taps === 'none' ? [] : chooseTaps(NAME, context.backbone, taps);
  const select = view === 'all' ? { stream: name } : { stream: name, view };
  const termOf = (rows: Tensor): Term => {
    const value = least === undefined ? negativeEntropy(rows) : confidencePenalty(rows, least);
    return { value, weight };
  };
  return {
    modules: {},
    terms(step: StepContext) {
      const ofTaps = chosen.map(
        (tap) => [tap.name, step.rows<Tensor>(step.taps[tap.index]!, select)] as const,
      );
      const ofLogits = logits ? [['logits', step.rows<Tensor>(classLogits(step), select)] as const] : [];
      const parts = [...ofTaps, ...ofLogits].map(([key, rows]) => [key, termOf(rows)] as const);
      return { terms: Object.fromEntries(parts) };
    },
  };
};

/**
 * Keeps intermediate maps, and logits where asked, from being too sure of few channels: the negative entropy of the softmax
 * over channels, the mean over images and places, or its excess over what is allowed (`least`). Terms: one a tap by its name,
 * and `logits`.
 */
export const tapEntropy = (options: TapEntropyOptions = {}): Objective => {
  const { logits, ...rest } = TapEntropyOptions.parse(options);
  const { stream, taps } = rest;
  const settings = { ...rest, logits: logits ?? taps === 'none' };
  if (taps === 'none' && !settings.logits) {
    const what = `${NAME}: with "taps" at "none" and "logits" at false nothing is left to look at.`;
    throw new UnderstoryError('options', `${what} Set "logits" to true, or name taps.`);
  }
  return {
    name: NAME,
    ...(stream !== undefined && { viewStreams: [stream] }),
    build: (context) => build(context, settings),
  };
};

export const tapEntropyPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'Entropy over the channels of intermediate stages, and of the logits',
  when: 'A network that grows too sure: an extra term beside others.',
  source:
    'Pereyra et al. 2017 (confidence penalty); on intermediate maps as in iMacSR and iMacHSR (2025); softmax over channels and weight are ours',
  options: TapEntropyOptions,
  create: tapEntropy,
});
