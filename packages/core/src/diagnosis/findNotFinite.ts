import { engine, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { NdArrays } from '../contracts/arrays.ts';
import { toTensor } from '../data/toTensor.ts';
import { mapNamed } from '../named.ts';
import type { StepFunction } from '../contracts/runner.ts';

/** The first operation of a step whose result is not finite though all that it was given is. */
export interface Culprit {
  readonly kernel: string;
  /** Layer whose call ran it; undefined for losses, gradients and updates. */
  readonly layer: string | undefined;
  readonly shape: readonly number[];
  /** How many of its values are not finite. */
  readonly count: number;
  /** Rows (first dimension) that hold them, the first 16. */
  readonly rows: readonly number[];
}

const badValues = (t: Tensor): number[] => {
  if (t.dtype !== 'float32') return [];
  const bad: number[] = [];
  t.dataSync().forEach((value, i) => {
    if (!Number.isFinite(value)) bad.push(i);
  });
  return bad;
};

const describe = (
  kernel: string,
  layer: string | undefined,
  result: Tensor,
  bad: readonly number[],
): Culprit => {
  const perRow = result.size / Math.max(1, result.shape.at(0) ?? 1);
  const rows = [...new Set(bad.map((i) => Math.floor(i / perRow)))].slice(0, 16);
  return { kernel, layer, shape: result.shape, count: bad.length, rows };
};

/** Calls `during` while every layer's call notes the layer's name. */
const withLayerNames = (
  models: readonly LayersModel[],
  note: (name: string | undefined) => void,
  during: () => void,
): void => {
  const layers = models.flatMap((m) => m.layers);
  for (const layer of layers) {
    const call = layer.call.bind(layer);
    layer.call = (inputs, args) => {
      note(layer.name);
      try {
        return call(inputs, args);
      } finally {
        note(undefined);
      }
    };
  }
  try {
    during();
  } finally {
    // The own property goes; the class's method is there again.
    for (const layer of layers) delete (layer as { call?: unknown }).call;
  }
};

/** Shows every kernel's results to `look` while `during` runs; kernels that another one calls (its clones) are a part of it. */
const watchKernels = (
  look: (kernel: string, results: readonly Tensor[]) => void,
  during: () => void,
): void => {
  const tfjs = engine();
  const runKernel = tfjs.runKernel.bind(tfjs);
  let depth = 0;
  const watched: typeof tfjs.runKernel = (kernel, fed, attributes) => {
    depth += 1;
    try {
      const result: unknown = runKernel(kernel, fed, attributes);
      if (depth === 1) look(kernel, [result as Tensor | Tensor[]].flat());
      return result as never;
    } finally {
      depth -= 1;
    }
  };
  tfjs.runKernel = watched;
  try {
    during();
  } finally {
    delete (tfjs as { runKernel?: unknown }).runKernel;
  }
};

/** Runs a step op by op and looks at every result; undefined where all of them are finite. */
export const findNotFinite = (
  fn: StepFunction,
  inputs: NdArrays,
  models: readonly LayersModel[],
): Culprit | undefined => {
  let layer: string | undefined;
  const culprits: Culprit[] = [];
  const look = (kernel: string, results: readonly Tensor[]): void => {
    if (culprits.length > 0) return;
    for (const t of results) {
      const bad = badValues(t);
      if (bad.length > 0) culprits.push(describe(kernel, layer, t, bad));
    }
  };
  const run = (): void => {
    tidy(() => {
      fn(mapNamed(inputs, toTensor));
    });
  };
  watchKernels(look, () => withLayerNames(models, (name) => (layer = name), run));
  return culprits[0];
};
