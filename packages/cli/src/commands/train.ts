import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { listRuns } from '@understory/tracking';
import { interruptible } from '../interrupt.ts';
import { preparation } from '../preparation.ts';
import { resultTable } from '../resultTable.ts';
import { runExperiment } from '../runExperiment.ts';
import { openConfig, openRunner } from '../session.ts';
import { terminalReporter } from '../terminal.ts';

interface TrainOptions {
  readonly set: readonly string[];
  readonly resume: boolean;
  readonly runs: string;
}

/** The newest run of a name: `cds`, `cds-2`, … */
const newestRun = async (root: string, name: string): Promise<string> => {
  const all = await listRuns(root);
  const own = all.find(
    (r) => r.name === name || (r.name.startsWith(`${name}-`) && /^\d+$/.test(r.name.slice(name.length + 1))),
  );
  if (!own)
    throw new UnderstoryError(
      'no-run',
      `There is no run named "${name}" in ${root} to go on with. Leave out --resume to start one.`,
    );
  return own.folder;
};

export const train = async (file: string, { set, resume, runs }: TrainOptions): Promise<void> => {
  const { config, folder, registry, place } = await openConfig(file, set);
  const from = resume ? await newestRun(runs, config.name) : undefined;
  const runner = await openRunner(config.engine);
  process.stdout.write(`${runner.description}\n`);
  const { signal, release } = interruptible();
  const shown = preparation();
  const { run, training, start, done } = await runExperiment({
    ...{ registry, runner, config, folder, place, runs, signal },
    ...(from !== undefined && { resume: from }),
    reporters: [terminalReporter()],
    onProgress: shown,
  });
  release();
  const kept = path.relative('.', run.folder) || '.';
  if (done.result) process.stdout.write(`\n${resultTable([{ label: run.name, start, done }])}\n`);
  const next = done.aborted
    ? `Stopped at step ${done.step}. Go on with: understory train ${file} --resume`
    : `Kept in ${kept}`;
  process.stdout.write(`\n${next}\n`);
  training.dispose();
  runner.dispose();
};
