export { ExperimentConfig, defineExperiment, type ExperimentInput } from './schema.ts';
export { applyOverride, loadConfig, parseConfig, type LoadedConfig } from './load.ts';
export { compileExperiment, type CompileOptions } from './compile.ts';
export { configSchema, optionsSchema } from './jsonSchema.ts';
export { planStreams, type PlannedStream, type ViewSets, type ViewSpecs } from './views.ts';
