import { evaluationBatch, inferBatches, rowAt, type Prediction } from '@understory/core';
import type { Look } from '@understory/report/node';
import { writeAtomic, type Run } from '@understory/tracking/node';
import type { ReportInput } from '@understory/report';
import type { Say } from '../listeners.ts';
import type { FinishedRun } from '../run/runExperiment.ts';
import { isSound } from '../use/isSound.ts';
import { exampleChoice } from './chosen.ts';
import { collectGallery, measuresOfTaps, type Collected } from './collect.ts';
import { examplesOf } from './reportInput.ts';

/** Bytes of a look; one that would be larger is not kept: pages read it. */
const MOST = 24 * 1024 * 1024;

const keep = async ({ files }: Run, look: Look): Promise<void> => {
  const { encodeLook } = await import('@understory/report/node');
  const text = encodeLook(look);
  if (text.length <= MOST) await writeAtomic(files.look, text);
};

type Views = NonNullable<ReportInput['views']>;

const small = async (views: Views): Promise<Views> => {
  const { thumbnail } = await import('@understory/report/node');
  const samples = views.samples.map((sample) => ({
    ...sample,
    views: sample.views.map((view) => thumbnail(view)),
  }));
  return { ...views, samples };
};

type Seen = Pick<FinishedRun, 'experiment' | 'run'>;

const viewsLook = async ({ experiment }: Pick<Seen, 'experiment'>): Promise<Look> => {
  const { credit } = experiment.dataset;
  const perTap = measuresOfTaps(experiment);
  return {
    views: await small(await collectGallery(experiment)),
    task: experiment.task.name,
    ...(credit !== undefined && { credit }),
    ...(Object.keys(perTap).length > 0 && { perTap }),
  };
};

/** Looks never end a run: where one cannot be kept, a line says so. */
const attempt = async (say: Say, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say(`What this run looks like is not kept for its page: ${why}`);
  }
};

/** Keeps a few training images in each of their views: a page shows them while the run trains. Never fails. */
export const keepingViews =
  (say: Say) =>
  (seen: Seen): Promise<void> =>
    attempt(say, async () => keep(seen.run, await viewsLook(seen)));

/** A full batch that begins with these positions: evaluation has traced its step for one already. */
const filled = (positions: readonly number[], batch: number, length: number): number[] => {
  const others = Array.from({ length: Math.min(length, batch + positions.length) }, (_, i) => i);
  return [...new Set([...positions, ...others])].slice(0, Math.max(batch, positions.length));
};

/** What the finished network says of a handful of test images. */
const saidOf = async ({ experiment, training }: FinishedRun): Promise<(Prediction | undefined)[]> => {
  const { test, classes } = experiment.dataset;
  const wanted = exampleChoice(test);
  const batch = evaluationBatch(training.network);
  const positions = filled(wanted, batch, test.length);
  const said = new Map<number, Prediction | undefined>();
  for await (const seen of inferBatches(training.inference, test, { batch, positions }))
    seen.positions.forEach((position, i) => {
      if (!wanted.includes(position)) return;
      const row = rowAt(seen.outputs, i);
      const prediction = experiment.task.decode(row, { classes, size: test.size });
      said.set(position, isSound(prediction, row) ? prediction : undefined);
    });
  return wanted.map((position) => said.get(position));
};

/** Keeps what a finished run says of a handful of test images, beside its views. Never fails. */
export const keepExamples = (finished: FinishedRun, say: Say): Promise<void> =>
  attempt(say, async () => {
    const { experiment, run } = finished;
    const look = await viewsLook(finished);
    const examples = await examplesOf(experiment.dataset.test, experiment.task, experiment.inferenceCrop);
    await keep(run, { ...look, ...(examples && { examples, method: { examples: await saidOf(finished) } }) });
  });

/** Keeps what a report was made of, so that the page of its runs shows the same. */
export const keepCollected = async (
  { run, method, numbers }: Collected,
  input: ReportInput,
): Promise<void> => {
  const { views, examples, pictures, task, dataset } = input;
  const { predictions, examples: said, boxes, depth } = method;
  await keep(run, {
    ...(views && { views: await small(views) }),
    ...(said && examples && { examples }),
    ...(pictures && { pictures }),
    ...(task !== undefined && { task }),
    ...(dataset.credit !== undefined && { credit: dataset.credit }),
    metrics: numbers,
    method: {
      ...(predictions && { predictions }),
      ...(said && { examples: said }),
      ...(boxes && { boxes }),
      ...(depth && { depth }),
    },
  });
};
