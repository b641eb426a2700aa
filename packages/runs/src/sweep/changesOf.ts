import type { Choice } from '../suit/suitConfig.ts';
import type { SweepSettings } from './sweepFile.ts';
import type { Trial } from './trial.ts';

/** Words that YAML takes for something else than a text. */
const NO_TEXT = /^(true|false|null)$/i;

/** A value as `--set` reads it. */
const typed = (value: unknown): string =>
  typeof value === 'string' && /^[a-z][\w-]*$/i.test(value) && !NO_TEXT.test(value)
    ? value
    : JSON.stringify(value);

/**
 * What makes the config one of a trial, `key=value` as `--set` takes it, with the first seed that the sweep has not seen. `choices`:
 * what the config left to its data is named too, for a trial's values would have it chosen otherwise.
 */
export const changesOf = (
  { over, config, seeds }: SweepSettings,
  { values }: Trial,
  choices: readonly Choice[],
): string[] => {
  const searched = new Set(over.map(({ key }) => key));
  // A value for `backbone` brings its own stem.
  const chosen = choices.filter(({ key }) => !searched.has(key) && !searched.has(key.split('.')[0] ?? ''));
  return [
    ...chosen.map(({ key, value }) => `${key}=${typed(value)}`),
    ...over.map(({ key }) => `${key}=${typed(values[key])}`),
    `seed=${config.seed + seeds}`,
  ];
};
