export { mistakesToShow } from './math/mistakesToShow.ts';
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
