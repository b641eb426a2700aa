import path from 'node:path';
import type { Resumable } from '@understory/core';
import {
  keepExamples,
  keepingViews,
  openRegistry,
  openResume,
  openRunner,
  readRun,
  runExperiment,
  settleAsBegun,
} from '@understory/runs';
import { interruptible } from '../interrupt.ts';
import { preparation } from '../progress.ts';
import { resultTable } from '../resultTable.ts';
import { print, say } from '../output/voice.ts';
import { terminalReporter } from '../terminal.ts';

/** `understory resume <run>`: a stopped run further, with the config that it began with. */
export const resume = async (given: string, options: { readonly from?: Resumable }): Promise<void> => {
  const { info } = await readRun(given);
  const { folder } = info;
  const config = await settleAsBegun(info.config, given);
  const registry = await openRegistry(config.plugins, folder);
  const resumption = await openResume(registry, { config, folder: given, ...options });
  const runner = await openRunner(config.engine, say);
  print(runner.description);
  const { signal, release } = interruptible();
  const finished = await runExperiment({
    ...{ registry, runner, config, folder, signal, say, resume: resumption },
    runs: path.dirname(given),
    reporters: [terminalReporter()],
    onFirstStep: keepingViews(say),
    onProgress: preparation(),
  });
  release();
  const { run, training, start, done } = finished;
  if (done.result) await keepExamples(finished, say);
  if (done.result) print(`\n${resultTable([{ label: run.name, start, done }])}`);
  const kept = path.relative('.', run.folder) || '.';
  print(done.aborted ? `\nStopped at step ${done.step}.` : `\nKept in ${kept}`);
  training.dispose();
  runner.dispose();
};
