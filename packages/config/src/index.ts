export { defineExperiment, ExperimentSchema, type ExperimentConfig, type ExperimentInput } from './schema.ts';
export { checkConfig, configProblems, parseConfig } from './check.ts';
export { applyOverride, locateWith, putValue, readValue, type Override } from './override.ts';
export type { Locate } from './locate.ts';
export { OPEN_KEYS, type OpenKey } from './openKeys.ts';
export { buildExperiment, labelledSamples, openDataset, type ExperimentOptions } from './buildExperiment.ts';
export { configSchema, optionsSchema } from './jsonSchema.ts';
export { planStreams, type PlannedStream, type ViewSets, type ViewSpecs } from './views.ts';
export { configText } from './writeText.ts';
