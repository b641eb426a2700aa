import { REPORT_SECTION, token } from '@understory/core';
import type { ReportInput } from './input.ts';
import type { Section } from './page/section.ts';

/** A further section of a report. A config names its plugin under `sections`. */
export interface ReportSection {
  readonly name: string;
  /** What it shows of the runs; nothing where they have not what it needs. Whatever `html` is not told by itself is escaped. */
  build(input: ReportInput): Section | undefined;
}

/** Plugins of sections: `plugin({ token: SECTION, name, summary, options, create: () => ({ name, build }) })`. */
export const SECTION = token<ReportSection>(REPORT_SECTION.key);
