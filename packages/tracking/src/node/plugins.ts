import { REPORTER, RUN, plugin } from '@understory/core';
import { z } from 'zod';
import { plainReporter } from '../plainReporter.ts';
import { runFiles } from './runFiles.ts';
import { tensorboardReporter } from './tensorboardReporter.ts';

const NoOptions = z.strictObject({});

export const tensorboardPlugin = plugin({
  token: REPORTER,
  name: 'tensorboard',
  summary: 'TensorBoard event files in the run folder',
  when: 'You compare runs in TensorBoard: the default.',
  source: "TensorBoard's event files",
  options: NoOptions,
  uses: { run: RUN },
  create: ({ run }) => tensorboardReporter({ folder: runFiles(run.folder).tensorboard }),
});

export const plainPlugin = plugin({
  token: REPORTER,
  name: 'plain',
  summary: 'one line an epoch on standard output, for logs',
  when: 'A program trains and you read its log.',
  source: 'own form',
  options: NoOptions,
  create: () => plainReporter((text) => process.stdout.write(text)),
});

/** Every reporter that a config can name. `metrics.jsonl` is written by every run, and has none. */
export const reporterPlugins = [tensorboardPlugin, plainPlugin] as const;
