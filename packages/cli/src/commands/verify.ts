import { compileExperiment } from '@understory/config';
import { compareRunners, eagerRunner, UnderstoryError, type Experiment, type Runner } from '@understory/core';
import { compiledRunner, loadEngine, type Precision } from '@understory/engine';
import { defaultViews } from '@understory/recipes';
import { preparation } from '../preparation.ts';
import { teacherLoader, openConfig } from '@understory/runs';
import { textTable } from '../table.ts';

interface Bounds {
  /** Of the loss, its terms, and logits. */
  readonly values: number;
  /** Of metrics: one image that changes its class moves them by much more than rounding. */
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
};

const boundOf = (name: string, { values, metrics, slopes }: Bounds): number => {
  if (name === 'gradient norm' || name === 'state') return slopes;
  return name === 'loss' || name === 'logits' || name.includes('/') ? values : metrics;
};

export interface VerifyOptions {
  readonly set: readonly string[];
  readonly steps: number;
  readonly precision: Precision;
}

/**
 * `understory verify <config>`: trains the config's own step compiled and op by op, each time from the same weights on
 * the same batch, and compares what comes out; with `--precision bfloat16`, compiled in bfloat16 and in float32. The
 * process fails where a term differs by more than 1e-4, or 1e-2.
 */
export const verify = async (file: string, { set, precision, steps }: VerifyOptions): Promise<void> => {
  const { config, registry, place } = await openConfig(file, set);
  const engine = await loadEngine();
  if (!engine.native)
    throw new UnderstoryError('engine-missing', `${engine.notice}. There is nothing to compare.`);
  const shown = preparation();
  const opened: Experiment['dataset'][] = [];
  const prepare = async (runner: Runner): Promise<Experiment> => {
    const experiment = await compileExperiment(registry, config, {
      defaultViews: defaultViews(),
      teacher: teacherLoader(registry, runner),
      progress: shown,
      place,
      ...(opened[0] && { dataset: opened[0] }),
    });
    opened.push(experiment.dataset);
    return experiment;
  };
  const onStep = (done: number): void => shown(done, steps, 'steps');
  const half = precision === 'bfloat16';
  const pair = [half ? compiledRunner() : eagerRunner(), compiledRunner({ precision })] as const;
  const differences = await compareRunners(prepare, pair, { steps, onStep });
  for (const runner of pair) runner.dispose();
  await opened[0]?.close?.();
  const title = half ? 'In bfloat16 against float32' : 'Compiled against op by op';
  report(differences, `${title}, ${steps} steps`, BOUNDS[precision]);
};

const report = (differences: Readonly<Record<string, number>>, title: string, bounds: Bounds): void => {
  const rows = Object.entries(differences).map(([name, value]) => [
    name,
    value.toExponential(1),
    value <= boundOf(name, bounds) ? '' : `above ${boundOf(name, bounds)}`,
  ]);
  const wrong = rows.filter(([, , complaint]) => complaint !== '').length;
  const heading = ['', 'relative difference', ''];
  process.stdout.write(`${title}:\n${textTable(heading, rows)}\n`);
  if (wrong === 0) return;
  process.stdout.write(`${wrong} of ${rows.length} differ by more than they may.\n`);
  process.exitCode = 1;
};
