import type { ExperimentConfig } from '@understory/config';
import type { Precision } from '@understory/engine';

/** Of a config: how its steps run, with nothing left to be chosen. */
export type SettledEngine = Omit<ExperimentConfig['engine'], 'precision'> & { readonly precision: Precision };

/** A config whose precision is one of those that steps run in. */
export type SettledConfig = Omit<ExperimentConfig, 'engine'> & { readonly engine: SettledEngine };

export const withPrecision = (config: ExperimentConfig, precision: Precision): SettledConfig => ({
  ...config,
  engine: { ...config.engine, precision },
});

/** The engine that a run's config names. Runs keep what `auto` chose; one that somebody wrote `auto` into has float32. */
export const engineOfRun = ({ engine }: ExperimentConfig): SettledEngine => ({
  ...engine,
  precision: engine.precision === 'auto' ? 'float32' : engine.precision,
});

/** A config that leaves the precision open takes that of the run that it goes on with, so that the run repeats its bits. */
export const precisionAsBegun = (config: ExperimentConfig, begun: ExperimentConfig): SettledConfig =>
  withPrecision(config, engineOfRun(config.engine.precision === 'auto' ? begun : config).precision);
