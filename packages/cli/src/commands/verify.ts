import { compileExperiment, loadConfig } from '@understory/config';
import { compareRunners, eagerRunner, UnderstoryError, type Experiment, type Runner } from '@understory/core';
import { compiledRunner, loadEngine } from '@understory/engine';
import { defaultViews } from '@understory/recipes';
import { preparation } from '../preparation.ts';
import { teacherLoader } from '../loadTeacher.ts';
import { openRegistry } from '../session.ts';
import { textTable } from '../table.ts';
import { wholeNumber } from '../wholeNumber.ts';

/** Float32 rounds at 6e-8; sums of many thousand numbers make some 1e-6 of it. */
const BOUND = 1e-4;

/**
 * Of gradients, and of the state that they change. Where a ReLU's input is all but 0, rounding alone decides whether a
 * gradient passes; a wrong gradient is wrong by far more.
 */
const SLOPE_BOUND = 1e-2;

const boundOf = (name: string): number =>
  name === 'gradient norm' || name === 'state' ? SLOPE_BOUND : BOUND;

export interface VerifyOptions {
  readonly set: readonly string[];
  readonly steps: string;
}

/**
 * `understory verify <config>`: trains the config's own step compiled and op by op, each time from the same weights on
 * the same batch, and compares what comes out. The process fails where a term differs by more than 1e-4.
 */
export const verify = async (file: string, { set, ...options }: VerifyOptions): Promise<void> => {
  const steps = wholeNumber('--steps', options.steps, 1);
  const { config, folder } = await loadConfig(file, set);
  const registry = await openRegistry(config.plugins, folder);
  const engine = await loadEngine();
  if (!engine.native)
    throw new UnderstoryError('engine-missing', `${engine.notice} There is nothing to compare.`);
  const shown = preparation();
  const opened: Experiment['dataset'][] = [];
  const prepare = async (runner: Runner): Promise<Experiment> => {
    const experiment = await compileExperiment(registry, config, {
      defaultViews: defaultViews(),
      teacher: teacherLoader(registry, runner),
      progress: shown,
      ...(opened[0] && { dataset: opened[0] }),
    });
    opened.push(experiment.dataset);
    return experiment;
  };
  const onStep = (done: number): void => shown(done, steps, 'steps');
  const compiled = compiledRunner();
  const differences = await compareRunners(prepare, [eagerRunner(), compiled], { steps, onStep });
  compiled.dispose();
  await opened[0]?.close?.();
  report(differences, steps);
};

const report = (differences: Readonly<Record<string, number>>, steps: number): void => {
  const rows = Object.entries(differences).map(([name, value]) => [
    name,
    value.toExponential(1),
    value <= boundOf(name) ? '' : `above ${boundOf(name)}`,
  ]);
  const wrong = rows.filter(([, , complaint]) => complaint !== '').length;
  const heading = ['', 'relative difference', ''];
  process.stdout.write(`Compiled against op by op, ${steps} steps:\n${textTable(heading, rows)}\n`);
  if (wrong === 0) return;
  process.stdout.write(`${wrong} of ${rows.length} differ by more than they may.\n`);
  process.exitCode = 1;
};
