export { runFolder, openRun, type Run } from './runFolder.ts';
export { runFiles, type RunFiles } from './runFiles.ts';
export { listRuns, type RunState, type RunSummary } from './listRuns.ts';
export { claimRun, isRunning } from './lock.ts';
export { checkpointStore } from './checkpointStore.ts';
export { writeAtomic } from './writeAtomic.ts';
export { readMetrics, readMetricsFile, type MetricsFile, type MetricsLine } from './metricsFile.ts';
export { metricsReporter, type MetricsReporterSettings } from './metricsReporter.ts';
export { plainReporter } from './plainReporter.ts';
export { tensorboardReporter, type TensorboardSettings } from './tensorboardReporter.ts';
export {
  record,
  startEvent,
  summaryEvent,
  versionEvent,
  type EncodedImage,
  type Summary,
} from './eventFile.ts';
export { plainPlugin, reporterPlugins, tensorboardPlugin } from './plugins.ts';
