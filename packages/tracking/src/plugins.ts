import { REPORTER, RUN, plugin } from '@understory/core';
import { z } from 'zod';
import { metricsReporter } from './metricsReporter.ts';
import { plainReporter } from './plainReporter.ts';
import { runFiles } from './runFiles.ts';
import { tensorboardReporter } from './tensorboardReporter.ts';

const NoOptions = z.strictObject({});

export const metricsPlugin = plugin({
  token: REPORTER,
  name: 'metrics',
  summary: 'metrics.jsonl in the run folder: every event as one JSON object a line',
  options: NoOptions,
  uses: { run: RUN },
  create: ({ run }) => metricsReporter({ file: runFiles(run.folder).metrics }),
});

export const tensorboardPlugin = plugin({
  token: REPORTER,
  name: 'tensorboard',
  summary: 'TensorBoard event files in the run folder',
  options: NoOptions,
  uses: { run: RUN },
  create: ({ run }) => tensorboardReporter({ folder: runFiles(run.folder).tensorboard }),
});

export const plainPlugin = plugin({
  token: REPORTER,
  name: 'plain',
  summary: 'one line an epoch on standard output, for logs',
  options: NoOptions,
  create: () => plainReporter((text) => process.stdout.write(text)),
});
