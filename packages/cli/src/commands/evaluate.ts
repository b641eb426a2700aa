import { applyOverride } from '@understory/config';
import { cut, UnderstoryError, type Spec } from '@understory/core';
import {
  evaluateRun,
  openDataConfig,
  transferRun,
  type Evaluation,
  type EvaluateRequest,
  type OtherData,
  type Transfer,
} from '@understory/runs';
import { classText } from '../evaluation/classText.ts';
import { corruptionText } from '../evaluation/corruptionText.ts';
import { exitsText } from '../evaluation/exitsText.ts';
import { besideText, numbersText } from '../evaluation/numbersText.ts';
import { outsideText } from '../evaluation/outsideText.ts';
import { temperatureText } from '../evaluation/temperatureText.ts';
import type { MeasuringOptions } from '../arguments/workers.ts';
import { preparation } from '../progress.ts';
import { say } from '../output/voice.ts';
import { jsonText } from '../text.ts';
import { endDone, endWorker, launchEvaluation, workerPlace, type WorkerPlace } from './trainWorkers.ts';

interface EvaluateOptions extends MeasuringOptions, Pick<EvaluateRequest, 'checkpoint' | 'split' | 'views'> {
  readonly json: boolean;
  readonly classes: boolean;
  readonly temperature: boolean;
  readonly exits: boolean;
  /** Evaluators as they were typed. */
  readonly with: readonly string[];
  /** A dataset's name, or a config. */
  readonly on?: string;
  readonly outside?: string;
  readonly corruptions: boolean;
}

/** Evaluators as they are typed, `knn,[linear-probe, { steps: 50 }]`, as a config would list them. */
const specsOf = (typed: readonly string[]): readonly Spec[] => {
  if (typed.length === 0) return [];
  const list = typed.join(', ');
  const read: { evaluators?: readonly Spec[] } = {};
  try {
    applyOverride(read, `evaluators=[${list}]`);
  } catch (cause) {
    if (!(cause instanceof UnderstoryError)) throw cause;
    throw new UnderstoryError(
      cause.code,
      `--with ${cut(list, 80)} is no list of evaluators. Write knn,linear-probe, or '[knn, { k: 200 }]' with its brackets closed.`,
      { cause },
    );
  }
  return read.evaluators ?? [];
};

const evaluationText = ({ metrics, units, ...more }: Evaluation): string => {
  const { classes, temperature, views, evaluators, exits, outside, corruptions } = more;
  const parts = [
    views
      ? besideText({ 'as it is': metrics, [`${views.count} views`]: views.metrics }, units)
      : numbersText({ numbers: metrics, units }),
    ...(evaluators ? [numbersText(evaluators)] : []),
    ...(temperature ? [temperatureText(temperature)] : []),
    ...(exits ? [exitsText(exits)] : []),
    ...(outside ? [outsideText(outside)] : []),
    ...(corruptions ? [corruptionText(corruptions)] : []),
    ...(classes ? [classText(classes)] : []),
  ];
  return parts.join('\n\n');
};

const transferText = ({ dataset, classes, train, samples, ...result }: Transfer, split: string): string =>
  `  ${dataset}, ${classes} classes: ${train} train, ${samples} ${split} images\n\n${numbersText(result)}`;

const otherData = (name: string): Promise<OtherData> => openDataConfig(name, { set: [], plugin: [] });

/** Who is told what: of several workers the first one tells all. */
interface Told extends Pick<EvaluateRequest, 'say' | 'onProgress' | 'cluster'> {
  readonly write: (text: string) => void;
}

const toldBy = (place: WorkerPlace | undefined): Told => ({
  cluster: place?.cluster,
  ...((place?.rank ?? 0) === 0
    ? { say, onProgress: preparation(), write: (text) => void process.stdout.write(text) }
    : { say: () => undefined, write: () => undefined }),
});

/** `understory evaluate <run> --on <dataset>`: what the run's embedding knows of other data. */
const onOther = async (
  { run, on }: { readonly run: string; readonly on: string },
  options: EvaluateOptions,
  { write, ...told }: Told,
): Promise<void> => {
  const { checkpoint, split, json, views, outside, ...rest } = options;
  const { classes, temperature, exits, corruptions } = rest;
  const flags = { classes, temperature, exits, corruptions };
  const others = { ...flags, views: views !== undefined, outside: outside !== undefined };
  const odd = Object.entries(others).find(([, given]) => given)?.[0];
  if (odd !== undefined)
    throw new UnderstoryError(
      'usage',
      `--${odd} measures the run's own classes, and --on has others. Leave one of the two out.`,
    );
  const specs = specsOf(options.with);
  const request = { run, checkpoint, split };
  const found = await transferRun({
    ...{ ...request, on: await otherData(on), ...told },
    ...(specs.length > 0 && { evaluators: specs }),
  });
  write(
    json
      ? `${jsonText({ ...request, on: found }, 0)}\n`
      : `${run}, ${checkpoint} weights, on other data\n${transferText(found, split)}\n`,
  );
};

/** `understory evaluate <run>`: metrics of a trained network on a split of its dataset, and what else is asked for. */
export const evaluate = async (run: string, options: EvaluateOptions): Promise<void> => {
  const place = workerPlace(options);
  if (!place && (options.workers ?? 1) > 1) {
    process.exitCode = await launchEvaluation(options);
    return;
  }
  const told = toldBy(place);
  const { on } = options;
  await (on === undefined ? onOwn(run, options, told) : onOther({ run, on }, options, told)).catch(
    (error: unknown) => {
      if (!place) throw error;
      return endWorker(place, error, 'understory evaluate');
    },
  );
  if (place) endDone(place);
};

const onOwn = async (run: string, options: EvaluateOptions, { write, ...hear }: Told): Promise<void> => {
  const { checkpoint, split, json, classes, temperature, views, exits, corruptions } = options;
  const request = { run, checkpoint, split };
  const { units, ...told } = await evaluateRun({
    ...{ ...request, classes, temperature, exits, corruptions, evaluators: specsOf(options.with) },
    ...(views !== undefined && { views }),
    ...(options.outside !== undefined && { outside: await otherData(options.outside) }),
    ...hear,
  });
  if (json) {
    write(`${jsonText({ ...request, ...told }, 0)}\n`);
    return;
  }
  const head = `${run}, ${checkpoint} weights, ${told.samples} ${split} images`;
  write(`${head}\n${evaluationText({ ...told, units })}\n`);
};
