export { buildReport } from '../buildReport.ts';
