export { plainReporter } from './plainReporter.ts';
export {
  record,
  startEvent,
  summaryEvent,
  versionEvent,
  type EncodedImage,
  type Summary,
} from './eventFile.ts';
