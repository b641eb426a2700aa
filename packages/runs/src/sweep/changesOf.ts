import type { SweepSettings } from './sweepFile.ts';
import type { Trial } from './trial.ts';

/** Words that YAML takes for something else than a text. */
const NO_TEXT = /^(true|false|null)$/i;

/** A value as `--set` reads it. */
const typed = (value: unknown): string =>
  typeof value === 'string' && /^[a-z][\w-]*$/i.test(value) && !NO_TEXT.test(value)
    ? value
    : JSON.stringify(value);

/** What makes the config one of a trial, `key=value` as `--set` takes it, with the first seed that the sweep has not seen. */
export const changesOf = ({ over, config, seeds }: SweepSettings, { values }: Trial): string[] => [
  ...over.map(({ key }) => `${key}=${typed(values[key])}`),
  `seed=${config.seed + seeds}`,
];
