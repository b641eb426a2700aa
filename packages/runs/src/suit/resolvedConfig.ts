import { checkConfig, ExperimentSchema, type ExperimentConfig } from '@understory/config';
import type { Registry } from '@understory/core';
import { sameSettings } from '../run/settings.ts';
import { settledConfig, SettledSpec } from '../resume/settled.ts';

const plain = (_key: string, value: unknown): unknown => {
  if (!(value instanceof SettledSpec)) return value;
  return Object.keys(value.options).length > 0 ? [value.name, value.options] : value.name;
};

const plainly = (value: object): Record<string, unknown> =>
  JSON.parse(JSON.stringify(value, plain)) as Record<string, unknown>;

/** Keys in the order in which they are explained. */
const inOrder = (config: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.keys(ExperimentSchema.shape).flatMap((key) =>
      Object.hasOwn(config, key) ? [[key, config[key]] as const] : [],
    ),
  );

const isReadAlike = (registry: Registry, written: unknown, settled: unknown): boolean => {
  try {
    return sameSettings(settledConfig(registry, checkConfig(written, registry)), settled);
  } catch {
    return false;
  }
};

/**
 * A config as plain data with nothing left out: the options of its plugins too, where they are read again as they were. It trains the
 * same as the config.
 */
export const resolvedConfig = (
  registry: Registry,
  config: ExperimentConfig,
): Readonly<Record<string, unknown>> => {
  const settled = settledConfig(registry, config);
  const written = plainly(settled);
  return inOrder(isReadAlike(registry, written, settled) ? written : plainly(config));
};
