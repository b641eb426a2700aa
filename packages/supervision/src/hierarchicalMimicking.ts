import { float32, OBJECTIVE, plugin, type BatchInfo, type NdArrays, type Objective } from '@understory/core';
import { z } from 'zod';
import { buildMimicry, MimicrySettings } from './mimicry/mimicry.ts';

const NAME = 'hierarchical-mimicking';

export const HierarchicalMimickingOptions = MimicrySettings.extend({
  temperature: z
    .number()
    .positive()
    .default(1)
    .describe('divides the logits before their KL divergence, no unit'),
  dynamic: z
    .boolean()
    .default(false)
    .describe('lets a random part of the KL divergences pass no gradient, drawn anew each step'),
});
export type HierarchicalMimickingOptions = z.input<typeof HierarchicalMimickingOptions>;

/** As many draws as a die of 0 … pairs says, each of a pair, with replacement: what was drawn passes no gradient. */
const drawKept = ({ seed }: BatchInfo, pairs: number): NdArrays => {
  const rng = seed.at(NAME).rng();
  const kept = new Float32Array(pairs).fill(1);
  for (let draws = rng.integer(0, pairs); draws > 0; draws--) kept[rng.integer(0, pairs - 1)] = 0;
  return { kept: float32(kept, [pairs]) };
};

/**
 * Dynamic hierarchical mimicking (Li & Chen 2020): the loss of `knowledgeSynergy` with a temperature (T² · KL), and an
 * option to detach a random part of the mimicking in each step; off by default, as in the released code. Terms:
 * `branch1`, `branch2`, `kl`.
 */
export const hierarchicalMimicking = (options: HierarchicalMimickingOptions = {}): Objective => {
  const { dynamic, ...settings } = HierarchicalMimickingOptions.parse(options);
  const method = { ...settings, name: NAME, ...(dynamic && { feed: drawKept }) };
  return { name: NAME, build: (context) => buildMimicry(context, method) };
};

export const hierarchicalMimickingPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'Side branches that mimic each other, all or a random part at each step (DHM)',
  when: 'As knowledge-synergy, whose loss it shares; with `dynamic`, a random part of the mimicry is detached at each step.',
  source: 'Li and Chen, CVPR 2020',
  options: HierarchicalMimickingOptions,
  create: hierarchicalMimicking,
});
