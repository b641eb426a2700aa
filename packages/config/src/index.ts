export { defineExperiment, ExperimentSchema, type ExperimentConfig, type ExperimentInput } from './schema.ts';
export { checkConfig, configProblems, parseConfig } from './check.ts';
export { applyOverride, placeWith, type Override } from './override.ts';
export type { Place } from './place.ts';
export { compileExperiment, type CompileOptions } from './compile.ts';
export { configSchema, optionsSchema } from './jsonSchema.ts';
export { planStreams, type PlannedStream, type ViewSets, type ViewSpecs } from './views.ts';
