export { buildReport, reportParts, type ReportParts } from '../buildReport.ts';
export { page, type Page } from '../page/page.ts';
export { renderSection } from '../page/section.ts';
export { decodeLook, encodeLook, type Look } from '../look.ts';
export { image, thumbnail } from '../page/picture.ts';
export { buildSweepPage } from '../sweep/buildSweepPage.ts';
