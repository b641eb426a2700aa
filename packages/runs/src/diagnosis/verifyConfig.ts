import { buildExperiment } from '@understory/config';
import type { CheckedConfig } from '@understory/config/node';
import { compareRunners, eagerRunner, UnderstoryError, type Experiment, type Runner } from '@understory/core';
import { compiledRunner, type Precision } from '@understory/engine';
import { defaultViews } from '@understory/recipes/experiments';
import { readyEngine } from '../load/readyEngine.ts';
import type { OnProgress, Say } from '../listeners.ts';
import { openSuited } from '../suit/openSuited.ts';
import { teacherLoader } from '../load/loadTeacher.ts';

interface Bounds {
  /** Of the loss, its terms, and logits. */
  readonly values: number;
  /** Of metrics, as they are: one image that changes its class moves them by much more than rounding. */
  readonly metrics: number;
  /**
   * Of gradients, and of the state that they change. Where a ReLU's input is all but 0, rounding alone decides whether a
   * gradient passes; a wrong gradient is wrong by far more.
   */
  readonly slopes: number;
}

const BOUNDS: Readonly<Record<Precision, Bounds>> = {
  // Float32 rounds at 6e-8; sums of many thousand numbers make some 1e-6 of it.
  float32: { values: 1e-4, metrics: 1e-4, slopes: 1e-2 },
  // bfloat16 rounds at 2e-3, and a network adds up what its layers round.
  bfloat16: { values: 1e-2, metrics: 1e-1, slopes: 1e-1 },
  'bfloat16-stored': { values: 1e-2, metrics: 1e-1, slopes: 1e-1 },
};

const boundOf = (name: string, { values, metrics, slopes }: Bounds): number => {
  if (name === 'gradient norm' || name === 'state') return slopes;
  return name === 'loss' || name === 'logits' || name.includes('/') ? values : metrics;
};

export interface VerifyRequest {
  readonly steps: number;
  /** `float32`: compiled against op by op. The others: against float32, both compiled. */
  readonly precision: Precision;
  readonly say: Say;
  readonly onProgress?: OnProgress;
}

/** How far one number of the steps is from its other way to be computed. */
export interface Difference {
  readonly name: string;
  /** Relative; of metrics as it is. */
  readonly difference: number;
  /** How large it may be. */
  readonly bound: number;
}

/**
 * Trains a config's own step in two ways, each time from the same weights on the same batch, and compares what comes
 * out. Errors: `engine-missing` where native TensorFlow is not there.
 */
export const verifyConfig = async (
  checked: CheckedConfig,
  { steps, precision, say, onProgress }: VerifyRequest,
): Promise<readonly Difference[]> => {
  // Else a GPU multiplies float32 with 10 bits. Read when NVIDIA's libraries are loaded.
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
  const engine = await readyEngine();
  if (!engine.native)
    throw new UnderstoryError('engine-missing', `${engine.notice}. There is nothing to compare.`);
  const { config, registry, locate, dataset } = await openSuited(checked, {
    ...{ say, loaded: true },
    ...(onProgress && { onProgress }),
  });
  const prepare = (runner: Runner): Promise<Experiment> =>
    buildExperiment(registry, config, {
      defaultViews: defaultViews(),
      teacher: teacherLoader(registry, runner, { folder: checked.folder, say }),
      ...{ locate, dataset },
    });
  const onStep = (done: number): void => onProgress?.(done, steps, 'steps');
  const other = precision === 'float32' ? eagerRunner() : compiledRunner();
  const pair = [other, compiledRunner({ precision })] as const;
  const differences = await compareRunners(prepare, pair, { steps, onStep });
  for (const runner of pair) runner.dispose();
  await dataset.close?.();
  return Object.entries(differences).map(([name, difference]) => ({
    ...{ name, difference },
    bound: boundOf(name, BOUNDS[precision]),
  }));
};
