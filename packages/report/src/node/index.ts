export { buildReport } from '../buildReport.ts';
export { image } from '../page/picture.ts';
