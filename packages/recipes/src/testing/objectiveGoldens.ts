import { readFileSync } from 'node:fs';
import {
  OBJECTIVE,
  variablesOf,
  type BuiltObjective,
  type Network,
  type Spec,
  type StepContext,
  type Stream,
  mapNamed,
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
import {
  add,
  addN,
  mul,
  scalar,
  tensor1d,
  tidy,
  variableGrads,
  clone,
  dispose,
  keep,
} from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { defaultPlugins } from '../defaultPlugins.ts';

/** What PyTorch gives for one step of an objective. */
export interface GoldenStep {
  readonly terms: Readonly<Record<string, number>>;
  readonly total: number;
  /** Of the backbone's and then the modules' weights, as they are made; empty where none flows. */
  readonly gradients: readonly (readonly number[])[];
  /** What lies in each variable of the objective's state after the step; absent where there is none. */
  readonly state?: readonly (readonly number[])[];
}

export const goldensOf = <T>(file: string): Readonly<Record<string, T>> =>
  JSON.parse(readFileSync(new URL(`../../testdata/${file}`, import.meta.url), 'utf8')) as Readonly<
    Record<string, T>
  >;

/** What a step sees besides its images. */
export interface GoldenInputs {
  readonly labels?: readonly number[];
  readonly positions?: readonly number[];
  readonly fed?: Readonly<Record<string, Tensor>>;
  readonly epoch?: number;
}

/** How an objective is set up for its golden steps. */
export interface GoldenRun {
  readonly spec: Spec;
  readonly streams?: readonly Stream[];
  /** Channels of the student's stages; the tiny backbone's own by default. */
  readonly planes?: readonly number[];
  readonly teacher?: () => Network | Promise<Network>;
  readonly steps: readonly GoldenInputs[];
  /** Whether the state begins as the objective makes it, and not with numbers of the stream. */
  readonly ownState?: boolean;
}

export const registry = createRegistry(defaultPlugins);

const trainedOf = (model: LayersModel): Variable[] => Object.values(variablesOf(model, '', true));

/** Gives variables the stream, a seed each: kernels as they are, scales and variances around 1, everything else halved. */
const fillVariables = (variables: Readonly<Record<string, Variable>>, seed: number): void =>
  tidy(() => {
    for (const [i, [name, v]] of Object.entries(variables).entries()) {
      if (v.rank === 0) continue; // counters and constants begin as they are
      const value = streamTensor(v.shape, seed + i, name.endsWith('kernel') ? 1 : 0.5);
      v.assign(/(gamma|moving_variance)$/.test(name) ? add(value, 1) : value);
    }
  });

export const fill = (model: LayersModel, seed: number): void =>
  fillVariables(variablesOf(model, '', true), seed);

export const fillAll = (modules: BuiltObjective['modules'], seed: number): void =>
  Object.values(modules).forEach((m, i) => fill(m, seed + 40 * i));

/** A wider network than the student. */
export const wideTeacher = (planes: readonly number[]): Network => {
  const backbone = tinyBackbone({ planes });
  fill(backbone.model, 200);
  return { backbone, modules: {} };
};

/** Values within 1e-5 of the largest of each variable. */
const expectState = (state: BuiltObjective['state'], expected: GoldenStep['state']): void => {
  expect(Object.keys(state ?? {})).toHaveLength(expected?.length ?? 0);
  for (const [i, [name, v]] of Object.entries(state ?? {}).entries()) {
    const now = v.dataSync<'float32'>();
    expect(now.length, name).toBe(expected![i]!.length);
    expect(relativeError(now, expected![i]!), name).toBeLessThan(1e-5);
  }
};

/** Rounding is measured against the largest slope: some weights before a batch norm have nearly none. */
const expectGradients = (
  trained: readonly Variable[],
  gradients: Readonly<Record<string, Tensor>>,
  expected: GoldenStep['gradients'],
): void => {
  expect(trained).toHaveLength(expected.length);
  const largest = Math.max(...expected.flat().map(Math.abs));
  for (const [i, slopes] of expected.entries()) {
    const { name } = trained[i]!;
    const gradient = gradients[name]?.dataSync<'float32'>() ?? [];
    expect(gradient.length, name).toBe(slopes.length);
    const away = slopes.map((g, k) => Math.abs(gradient[k]! - g));
    expect(Math.max(0, ...away) / largest, name).toBeLessThan(1e-5);
  }
};

/** The same for every call, and alive when the step is over. */
const inputsOf = (
  { labels, positions, fed, epoch = 0 }: GoldenInputs,
  streams: readonly Stream[],
  step: number,
) => {
  const [{ name: first }] = streams as readonly [Stream];
  const ofFirst = (values?: readonly number[]): Record<string, Tensor1D> =>
    values ? { [first]: tensor1d([...values], 'int32') } : {};
  const rows = streams.reduce((sum, { batch, views }) => sum + batch * views, 0);
  return {
    streams,
    images: streamTensor([rows, 8, 8, 3], 1 + step) as Tensor4D,
    labels: ofFirst(labels),
    positions: ofFirst(positions),
    fed: { ...fed },
    epoch: scalar(epoch),
  };
};

/** An objective built on the tiny backbone, beside its teacher and a twin. */
const prepare = async ({ spec, streams = [streamOf({ views: 2 })], planes, teacher }: GoldenRun) => {
  const tiny = () => tinyBackbone(planes ? { planes } : {});
  const backbone = tiny();
  const other = await teacher?.();
  const trainLabels = Int32Array.from({ length: 20 }, (_, i) => i % 5);
  const extras = { streams, trainLabels, twin: tiny, ...(other && { teacher: other }) };
  const built = await registry.make(OBJECTIVE, spec).build(buildContextOf(backbone, extras));
  const fillWeights = (step: number): void => {
    fill(backbone.model, 100 + 1000 * step);
    fillAll(built.modules, 300 + 1000 * step);
  };
  return { backbone, streams, fillWeights, ...built };
};

/**
 * Runs an objective step by step and compares it with its golden values. After each step weights change to other ones,
 * as if an optimizer had been at work, and then the objective's state is brought up to date.
 */
export const expectGoldens = async (run: GoldenRun, goldens: readonly GoldenStep[]): Promise<void> => {
  const { backbone, streams, fillWeights, modules, state, terms, update } = await prepare(run);
  const trained = [backbone.model, ...Object.values(modules)].flatMap(trainedOf);
  fillWeights(0);
  if (!run.ownState) fillVariables(state ?? {}, 700);
  expect(goldens).toHaveLength(run.steps.length);
  for (const [k, golden] of goldens.entries()) {
    const inputs = inputsOf(run.steps[k]!, streams, k);
    const step = scalar(k);
    const values: Record<string, number> = {};
    let seen!: StepContext;
    let carry: Readonly<Record<string, Tensor>> = {};
    const { value, grads } = variableGrads(() => {
      seen = { ...stepContextOf(backbone, inputs), step };
      const made = terms(seen);
      carry = mapNamed(made.carry ?? {}, (x) => keep(clone(x)));
      const parts = Object.entries(made.terms).map(([key, term]) => {
        values[key] = term.value.dataSync<'float32'>()[0]!;
        return mul<Scalar>(term.value, term.weight);
      });
      return addN<Scalar>(parts);
    }, trained);
    expect(Object.keys(values)).toEqual(Object.keys(golden.terms));
    for (const [key, expected] of Object.entries(golden.terms))
      expect(relativeError([values[key]!], [expected]), key).toBeLessThan(1e-5);
    expect(relativeError(value.dataSync<'float32'>(), [golden.total])).toBeLessThan(1e-5);
    expectGradients(trained, grads, golden.gradients);
    fillWeights(k + 1);
    update?.(seen, carry);
    dispose(carry);
    expectState(state, golden.state);
  }
};
