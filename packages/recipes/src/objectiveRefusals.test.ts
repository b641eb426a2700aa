import { scalar, tensor, type Scalar, type Tensor4D, type Tensor1D } from '@tensorflow/tfjs-core';
import {
  BOXES,
  OBJECTIVE,
  seedOf,
  tensorType,
  UnderstoryError,
  type BuiltObjective,
  type Stream,
  type StepContext,
} from '@understory/core';
import { buildContextOf, stepContextOf, tinyBackbone } from '@understory/core/testing';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';
import { expectRefusal, refusal, x, y } from './refusals.test.support.ts';
import { boxContext, BOX_METHODS, METHODS, teacherFor, type Method } from './testing/methods.ts';

const registry = createRegistry(defaultPlugins);
const backbone = tinyBackbone();
const valuesOf = (terms: Readonly<Record<string, { readonly value: Scalar }>>): number[] =>
  Object.values(terms).map(({ value }) => value.dataSync()[0]!);

const each = <T>(streams: readonly Stream[], of: (stream: Stream) => T): Record<string, T> =>
  Object.fromEntries(streams.map((s) => [s.name, of(s)]));

/** The terms of an objective for labels of its first stream, and how often it has asked for labels. */
const termsOf = (
  built: BuiltObjective,
  streams: readonly Stream[],
): { readonly terms: (labels: Tensor1D) => number[]; readonly asked: () => number } => {
  const places = each(streams, ({ batch }) => Int32Array.from({ length: batch }, (_, i) => i));
  const info = { step: 0, epoch: 0, seed: seedOf(1), positions: places, targets: {} };
  const fed = Object.entries(built.feed?.(info) ?? {}).map(
    ([name, { data, shape, dtype }]) => [name, tensor(data, [...shape], tensorType(dtype))] as const,
  );
  const rows = streams.reduce((n, { batch, views }) => n + batch * views, 0);
  let asked = 0;
  const terms = (labels: Tensor1D): number[] => {
    const given = each(streams, ({ batch }) => y(...Array.from({ length: batch }, (_, i) => i % 3)));
    const step = stepContextOf(backbone, {
      images: x(rows, 8, 8, 3) as Tensor4D,
      streams,
      labels: { ...given, [streams[0]!.name]: labels },
      fed: Object.fromEntries(fed),
      epoch: scalar(1),
    });
    const asking: StepContext['target'] = (name, select) => {
      asked += 1;
      return step.target(name, select);
    };
    return valuesOf(built.terms({ ...step, target: asking }).terms);
  };
  return { terms, asked: () => asked };
};

const buildAll = async ([, specs, streams]: Method): Promise<(readonly [name: string, BuiltObjective])[]> => {
  const teacher = await teacherFor(registry);
  const trainLabels = Int32Array.from({ length: 20 }, (_, i) => i % 5);
  const context = buildContextOf(backbone, { streams, trainLabels, teacher, twin: () => tinyBackbone() });
  return Promise.all(
    specs.map(async (spec) => {
      const objective = registry.make(OBJECTIVE, spec);
      return [objective.name, await objective.build(context)] as const;
    }),
  );
};

describe('every objective that looks at labels', () => {
  const seen = new Set<string>();
  it.each(METHODS)('of %s refuses labels that do not fit the batch', async (...method) => {
    for (const [name, built] of await buildAll(method)) {
      seen.add(name);
      const { terms, asked } = termsOf(built, method[2]);
      const sound = terms(y(0, 1, 0, 2));
      if (asked() === 0) continue;
      expectRefusal(() => terms(y(0, 1)));
      expectRefusal(() => terms(y(0, 1, 0)));
      // Of a class that is not there, unless classes only tell which images belong together.
      const error = refusal(() => expect(terms(y(9, 1, 9, 2))).toEqual(sound));
      if (error !== 'nothing') expect(error).toBeInstanceOf(UnderstoryError);
    }
  });
  it.each(BOX_METHODS)('%s refuses boxes that say not what they show', async (name, task) => {
    seen.add(name);
    const context = boxContext(registry, task, 4);
    const targets = { [BOXES]: { kind: 'boxes', dtype: 'float32', shape: [4, 5] } } as const;
    const build = async () => registry.make(OBJECTIVE, name).build({ ...context, targets });
    await expect(build()).rejects.toMatchObject({ code: 'no-target' });
  });
  it('is looked at here', () => {
    expect([...seen].sort()).toEqual(
      registry
        .list(OBJECTIVE)
        .map((p) => p.name)
        .sort(),
    );
  });
});
