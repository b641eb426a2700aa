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
import { preparation } from '../progress.ts';
import { say } from '../output/voice.ts';
import { jsonText } from '../text.ts';

interface EvaluateOptions extends Pick<EvaluateRequest, 'checkpoint' | 'split' | 'views'> {
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

/** `understory evaluate <run> --on <dataset>`: what the run's embedding knows of other data. */
const onOther = async (run: string, on: string, options: EvaluateOptions): Promise<void> => {
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
  const told = await transferRun({
    ...{ ...request, on: await otherData(on), say, onProgress: preparation() },
    ...(specs.length > 0 && { evaluators: specs }),
  });
  process.stdout.write(
    json
      ? `${jsonText({ ...request, on: told }, 0)}\n`
      : `${run}, ${checkpoint} weights, on other data\n${transferText(told, split)}\n`,
  );
};

/** `understory evaluate <run>`: metrics of a trained network on a split of its dataset, and what else is asked for. */
export const evaluate = async (run: string, options: EvaluateOptions): Promise<void> => {
  if (options.on !== undefined) return onOther(run, options.on, options);
  const { checkpoint, split, json, classes, temperature, views, exits, corruptions } = options;
  const request = { run, checkpoint, split };
  const { units, ...told } = await evaluateRun({
    ...{ ...request, classes, temperature, exits, corruptions, evaluators: specsOf(options.with) },
    ...(views !== undefined && { views }),
    ...(options.outside !== undefined && { outside: await otherData(options.outside) }),
    ...{ say, onProgress: preparation() },
  });
  if (json) {
    process.stdout.write(`${jsonText({ ...request, ...told }, 0)}\n`);
    return;
  }
  const head = `${run}, ${checkpoint} weights, ${told.samples} ${split} images`;
  process.stdout.write(`${head}\n${evaluationText({ ...told, units })}\n`);
};
