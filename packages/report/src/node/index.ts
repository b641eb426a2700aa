export { buildReport } from '../buildReport.ts';
export { image } from '../page/picture.ts';
export { buildSweepPage } from '../sweep/buildSweepPage.ts';
