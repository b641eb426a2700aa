import { OBJECTIVE, plugin, type Objective } from '@understory/core';
import type { z } from 'zod';
import { buildMimicry, MimicrySettings } from './mimicry/mimicry.ts';

const NAME = 'knowledge-synergy';

export const KnowledgeSynergyOptions = MimicrySettings;
export type KnowledgeSynergyOptions = z.input<typeof KnowledgeSynergyOptions>;

/**
 * Deeply-supervised knowledge synergy (Sun et al. 2019): side branches with classifiers of their own; every one, and the
 * main path, also learns from all others' probabilities. Terms: `branch1`, `branch2` (cross-entropy), `kl` (the sum over
 * all ordered pairs). `crossEntropy` beside it trains the main path.
 */
export const knowledgeSynergy = (options: KnowledgeSynergyOptions = {}): Objective => {
  const settings = KnowledgeSynergyOptions.parse(options);
  return {
    name: NAME,
    build: (context) => buildMimicry(context, { ...settings, name: NAME, temperature: 1 }),
  };
};

export const knowledgeSynergyPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: 'Side branches that learn the task and from each other (DKS)',
  when: 'To compare with side branches that learn from each other; about 2.2 times the cost of a step. The backbone must be one that can be branched off.',
  source: 'Sun et al., CVPR 2019',
  options: KnowledgeSynergyOptions,
  create: knowledgeSynergy,
});
