export { mistakesToShow } from './math/mistakesToShow.ts';
export { SECTION, type ReportSection } from './reportSection.ts';
export { html, type Content, type Html } from './page/markup.ts';
export { legend, methodName, type MarkedMethod, type Section } from './page/section.ts';
export { lineChart, type LineChart, type Series } from './page/lineChart.ts';
export { numberWords, termWords, type TermWords } from './words.ts';
export { table, type Table } from './page/table.ts';
export { duration, percent, percentTick, short, whole } from './page/format.ts';
export type {
  BoxError,
  BoxMistake,
  BoxResults,
  BoxScore,
  BoxSides,
  DepthNumbers,
  EmbeddedSample,
  Example,
  Examples,
  KeptSeeds,
  MeasuredNumber,
  Picture,
  PrecisionCurve,
  ReportInput,
  ReportMethod,
  Reproduction,
  StageEmbedding,
  TestPicture,
  ViewsGallery,
} from './input.ts';
export type { SweepAxis, SweepInput, SweepTrial, SweepValue } from './sweep/input.ts';
