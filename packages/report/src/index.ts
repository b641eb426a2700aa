export { buildReport } from './buildReport.ts';
export { mistakesToShow } from './sections/mistakes.ts';
export type {
  EmbeddedSample,
  Picture,
  ReportInput,
  ReportMethod,
  Reproduction,
  StageEmbedding,
  TestPicture,
  ViewsGallery,
} from './input.ts';
