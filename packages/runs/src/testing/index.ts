export { captureOutput, type Said } from './captureOutput.ts';
export {
  temporaryFolder,
  type Ground,
  emptyCheckpoint,
  prepareGround,
  type Line,
  metricsOf,
} from './runFolders.ts';
