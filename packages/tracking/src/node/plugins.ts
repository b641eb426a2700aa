import { INSIGHT, LOG, REPORTER, RUN, plugin } from '@understory/core';
import { z } from 'zod';
import { plainReporter } from '../plainReporter.ts';
import { mlflowReporter } from './mlflowReporter.ts';
import { runFiles } from './runFiles.ts';
import { tensorboardReporter } from './tensorboard/tensorboardReporter.ts';

const NoOptions = z.strictObject({});

export const tensorboardPlugin = plugin({
  token: REPORTER,
  name: 'tensorboard',
  summary: 'TensorBoard event files in the run folder',
  when: 'You compare runs in TensorBoard: the default.',
  source: "TensorBoard's event files",
  options: z.strictObject({
    images: z
      .int()
      .min(0)
      .max(64)
      .default(0)
      .describe('training images that are shown in their views at the start of each epoch'),
    histograms: z
      .int()
      .min(2)
      .optional()
      .describe(
        'steps between two histograms of each weight, of its gradient for a batch that stays the same, and of what a step made of it; of large weights 65,536 numbers; none where nothing is said',
      ),
    projector: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .describe(
        'validation images whose features the projector shows, of each stage; written again after each epoch that is the best so far',
      ),
  }),
  uses: { run: RUN, insight: INSIGHT },
  create: ({ run, ...settings }) =>
    tensorboardReporter({ folder: runFiles(run.folder).tensorboard, ...settings }),
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

export const mlflowPlugin = plugin({
  token: REPORTER,
  name: 'mlflow',
  summary: 'an MLflow server, by its REST interface',
  when: 'You keep runs of several people or machines in MLflow.',
  source: "MLflow's REST API 2.0",
  options: z.strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .default('http://127.0.0.1:5000')
      .describe('where the server listens; a token is read from MLFLOW_TRACKING_TOKEN'),
    experiment: z.string().min(1).default('understory').describe('is made where it is not there'),
    every: z.int().positive().default(10).describe('steps between two that are told; epochs all are'),
  }),
  uses: { run: RUN, log: LOG },
  create: ({ run, ...options }) =>
    mlflowReporter({ ...options, ...run, token: process.env['MLFLOW_TRACKING_TOKEN'] }),
});

/** Every reporter that a config can name. `metrics.jsonl` is written by every run, and has none. */
export const reporterPlugins = [tensorboardPlugin, plainPlugin, mlflowPlugin] as const;
