import { readFileSync } from 'node:fs';
import {
  forward,
  OBJECTIVE,
  variablesOf,
  type BuiltObjective,
  type Network,
  type Spec,
  type StepContext,
} from '@understory/core';
import {
  buildContextOf,
  relativeError,
  stepContextOf,
  streamOf,
  streamTensor,
  tinyBackbone,
} from '@understory/core/testing';
import { createRegistry } from '@understory/registry';
import { add, addN, mul, tensor1d, tidy, variableGrads } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

interface Golden {
  readonly terms: Readonly<Record<string, number>>;
  readonly total: number;
  /** Of the backbone's and then the modules' weights, as they are made; empty where none flows. */
  readonly gradients: readonly (readonly number[])[];
}
const goldens = JSON.parse(
  readFileSync(new URL('../testdata/objectives.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Golden>>;

const registry = createRegistry(defaultPlugins);
const head = ['mlp', { width: 6 }];
const teacher = { run: 'runs/teacher' };

/** How each objective of the golden file is written, and in how many views it sees an image. */
const SPECS: Readonly<Record<string, Spec>> = {
  'cross-entropy': 'cross-entropy',
  'deeply-supervised-nets': ['deeply-supervised-nets', { head: 'pool' }],
  'knowledge-synergy': 'knowledge-synergy',
  'native-ensemble': 'native-ensemble',
  'contrastive-deep-supervision': ['contrastive-deep-supervision', { head }],
  'cds-distillation': [
    'cds-distillation',
    { teacher, supervision: ['contrastive-deep-supervision', { head }] },
  ],
  'knowledge-distillation': ['knowledge-distillation', { teacher }],
  'attention-transfer': ['attention-transfer', { teacher }],
  'relational-distillation': ['relational-distillation', { teacher }],
  'similarity-preserving': ['similarity-preserving', { teacher }],
  'correlation-congruence': ['correlation-congruence', { teacher }],
};

const trainedOf = (model: LayersModel): Variable[] => Object.values(variablesOf(model, '', true));

/** Gives every weight the stream of its own seed: kernels as they are, scales around 1, shifts and biases halved. */
const fill = (model: LayersModel, seed: number): void =>
  tidy(() => {
    for (const [i, [name, v]] of Object.entries(variablesOf(model, '', true)).entries()) {
      const halved = v.rank === 1 ? 0.5 : 1;
      const value = streamTensor(v.shape, seed + i, halved);
      v.assign(name.endsWith('gamma') ? add(value, 1) : value);
    }
  });

const fillAll = (modules: BuiltObjective['modules'], seed: number): void =>
  Object.values(modules).forEach((m, i) => fill(m, seed + 40 * i));

const streams = [streamOf({ views: 2 })];

const teacherWithHeads = async (): Promise<Network> => {
  const wide = tinyBackbone({ planes: [6, 8, 10, 12] });
  fill(wide.model, 200);
  const cds = registry.make(OBJECTIVE, SPECS['contrastive-deep-supervision']!);
  const { modules } = await cds.build(buildContextOf(wide, { streams }));
  fillAll(modules, 500);
  const named = Object.entries(modules).map(([n, m]) => [`contrastive-deep-supervision/${n}`, m] as const);
  return { backbone: wide, modules: Object.fromEntries(named) };
};

describe('whole objectives on a tiny network, against PyTorch', () => {
  it.each(Object.entries(goldens))('%s', async (name, golden) => {
    const backbone = tinyBackbone();
    fill(backbone.model, 100);
    const context = buildContextOf(backbone, { streams, teacher: await teacherWithHeads() });
    const { modules, terms } = await registry.make(OBJECTIVE, SPECS[name]!).build(context);
    fillAll(modules, 300);
    const step: StepContext = stepContextOf(backbone, {
      images: streamTensor([8, 8, 8, 3], 1) as Tensor4D,
      streams,
      labels: { train: tensor1d([0, 3, 3, 1], 'int32') },
    });
    const trained = [backbone.model, ...Object.values(modules)].flatMap(trainedOf);
    const values: Record<string, number> = {};
    const { value, grads } = variableGrads(() => {
      const seen = forward({ backbone }, step.images, step.call);
      const parts = Object.entries(terms({ ...step, ...seen })).map(([key, term]) => {
        values[key] = term.value.dataSync<'float32'>()[0]!;
        return mul<Scalar>(term.value, term.weight);
      });
      return addN<Scalar>(parts);
    }, trained);
    expect(Object.keys(values)).toEqual(Object.keys(golden.terms));
    for (const [key, expected] of Object.entries(golden.terms))
      expect(relativeError([values[key]!], [expected]), key).toBeLessThan(1e-5);
    expect(relativeError(value.dataSync<'float32'>(), [golden.total])).toBeLessThan(1e-5);
    expect(trained).toHaveLength(golden.gradients.length);
    // Rounding is measured against the largest slope: some weights before a batch norm have nearly none.
    const largest = Math.max(...golden.gradients.flat().map(Math.abs));
    for (const [i, expected] of golden.gradients.entries()) {
      const { name: variable } = trained[i]!;
      const gradient = grads[variable]?.dataSync<'float32'>() ?? [];
      expect(gradient.length, variable).toBe(expected.length);
      const away = expected.map((g, k) => Math.abs(gradient[k]! - g));
      expect(Math.max(0, ...away) / largest, variable).toBeLessThan(1e-5);
    }
  });
});
