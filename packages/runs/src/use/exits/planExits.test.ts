import { LayersModel } from '@tensorflow/tfjs-layers';
import {
  OBJECTIVE,
  ownClassifiers,
  withPrefix,
  type Network,
  type Spec,
  type TapClassifier,
} from '@understory/core';
import { buildContextOf, streamOf, tinyBackbone } from '@understory/core/testing';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { planExits } from './planExits.ts';

const registry = createRegistry(defaultPlugins);
const backbone = tinyBackbone();

/** A network with what these objectives hang on it. */
const networkWith = async (...specs: readonly Spec[]): Promise<Network> => {
  const [modules, embeds]: [Record<string, LayersModel>, Record<string, string>] = [{}, {}];
  const classifies: TapClassifier[] = [];
  for (const spec of specs) {
    const objective = registry.make(OBJECTIVE, spec);
    const context = buildContextOf(backbone, { streams: [streamOf({ views: 2 })] });
    const built = await objective.build(context);
    Object.assign(modules, withPrefix(`${objective.name}/`, built.modules));
    Object.assign(embeds, withPrefix(`${objective.name}/`, built.embeds ?? {}));
    classifies.push(...ownClassifiers(objective.name, built));
  }
  return { backbone, modules, embeds, classifies };
};

const planned = async (...specs: readonly Spec[]) => {
  const said: string[] = [];
  const exits = planExits(await networkWith(...specs), (line) => void said.push(line));
  return { said, exits, from: exits.map(({ name, trained, from }) => [name, trained, from]) };
};

describe('exits of a network', () => {
  it('are what deeply-supervised nets trained, which gives logits', async () => {
    const { exits, from, said } = await planned('deeply-supervised-nets');
    expect(from.map(([name, trained]) => [name, trained])).toEqual([
      ['stage1', true],
      ['stage2', true],
      ['stage3', true],
    ]);
    exits.forEach(({ modules, tap }) => {
      expect(modules[0]!.inputs[0]!.shape).toEqual(backbone.model.outputs[tap]!.shape);
      expect(modules.at(-1)!.outputs[0]!.shape).toEqual([null, 5]);
      expect(modules.every((module) => module instanceof LayersModel)).toBe(true);
    });
    expect(said).toEqual([]);
  });

  it.each(['knowledge-synergy', 'hierarchical-mimicking'])(
    'are the branches of %s at their forks',
    async (name) => {
      const { from } = await planned(name);
      expect(from).toEqual([
        ['stage1', false, 'fitted to the pooled map'],
        ['stage2', true, `trained by ${name}`],
        ['stage3', true, `trained by ${name}`],
      ]);
    },
  );

  it('are read from the heads of contrastive deep supervision, or from maps where there are none', async () => {
    const { from, exits } = await planned(['contrastive-deep-supervision', { taps: ['stage2'] }]);
    expect(from).toEqual([
      ['stage1', false, 'fitted to the pooled map'],
      ['stage2', false, 'fitted to the head of contrastive-deep-supervision'],
      ['stage3', false, 'fitted to the pooled map'],
    ]);
    expect(exits.map(({ modules }) => modules.at(-1)!.outputs[0]!.shape)).toEqual([
      [null, 4],
      [null, 10],
      [null, 8],
    ]);
  });

  it('says which classifiers are none: a second one at a tap, one at the last', async () => {
    const { said, from } = await planned(
      ['deeply-supervised-nets', { taps: ['stage3', 'stage4'], head: 'pool' }],
      'knowledge-synergy',
    );
    expect(from[2]).toEqual(['stage3', true, 'trained by deeply-supervised-nets']);
    expect(said).toEqual([
      expect.stringMatching(/deeply-supervised-nets\/stage4 at stage4, knowledge-synergy\/branch2 at stage3/),
    ]);
  });

  it('are refused where a backbone has one tap alone', () => {
    const { model, taps, ...rest } = backbone;
    const shallow = { ...rest, model, taps: taps.slice(-1) };
    expect(() => planExits({ backbone: shallow, modules: {} }, () => undefined)).toThrow(
      /"tiny" has no tap before its last one.*Leave --exits out/,
    );
  });
});
