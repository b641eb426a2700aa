import type { ExperimentConfig } from '@understory/config';
import { choicesOf, PRECISIONS, type Choice, type Precision } from '@understory/engine';
import { loadNative } from '../session.ts';
import { settingsOf } from '../run/settings.ts';
import { MEASURED_IMAGES, measurePrecision, type MeasureRequest } from './measurePrecision.ts';
import { withPrecision, type SettledConfig } from './settled.ts';

/** What of a config decides how long its steps take: its choice holds for all that agree in it. */
const shapeOf = (config: ExperimentConfig): string => {
  const { backbone, task, objectives, dataset, views, unlabelled, batchNorm, freeze } = config;
  const shape = { backbone, task, objectives, dataset, views, unlabelled, batchNorm, freeze };
  return `precision ${JSON.stringify(settingsOf(shape))}`;
};

const isPrecision = (name: string): name is Precision => (PRECISIONS as readonly string[]).includes(name);

const textOf = ({ chosen, milliseconds }: Choice, how: string): string => {
  const times = Object.entries(milliseconds).map(([name, time]) => `${name} ${time.toFixed(0)}`);
  return `engine.precision auto: ${chosen}, ${how} (ms a step of ${MEASURED_IMAGES} images or fewer: ${times.join(', ')}).`;
};

export interface SettleRequest extends MeasureRequest {
  /** Instead of the user's cache. */
  readonly cacheDir?: string;
}

/**
 * The config with a precision in place of `auto`: the fastest for its steps on this machine, by a short measurement at first use
 * that the engine's cache keeps. float32 where steps run op by op. Says what it chose.
 */
export const settlePrecision = async (request: SettleRequest): Promise<SettledConfig> => {
  const { config, say } = request;
  const { precision, mode } = config.engine;
  if (precision !== 'auto') return withPrecision(config, precision);
  const engine = await loadNative(config.engine, () => undefined); // what is amiss with it, `openRunner` says
  if (mode === 'eager' || !engine.native || !engine.addonPath) return withPrecision(config, 'float32');
  const choices = choicesOf(engine, request.cacheDir);
  const shape = shapeOf(config);
  const known = choices.find(shape);
  if (known && isPrecision(known.chosen)) {
    say(textOf(known, 'as measured before'));
    return withPrecision(config, known.chosen);
  }
  const made = await measurePrecision(request, engine.gpu);
  choices.keep(shape, made);
  say(textOf(made, 'measured now'));
  return withPrecision(config, isPrecision(made.chosen) ? made.chosen : 'float32');
};
