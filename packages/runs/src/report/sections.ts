import type { ExperimentConfig } from '@understory/config';
import { LOG, provide, SEED, seedOf, type Registry, type Spec } from '@understory/core';
import { SECTION, type ReportSection } from '@understory/report';
import type { Say } from '../listeners.ts';

/** Sections that configs name, each name once, in the order in which they come; two of a name with other options are said. */
const named = (
  configs: readonly Pick<ExperimentConfig, 'name' | 'sections'>[],
  say: Say,
): readonly Spec[] => {
  const found = new Map<string, { readonly spec: Spec; readonly options: string; readonly by: string }>();
  for (const { name: by, sections } of configs)
    for (const spec of sections) {
      const [name, given] = typeof spec === 'string' ? [spec, {}] : spec;
      const options = JSON.stringify(given);
      const first = found.get(name);
      if (!first) found.set(name, { spec, options, by });
      else if (first.options !== options)
        say(`Section "${name}" of the report has the options of "${first.by}"; those of "${by}" differ.`);
    }
  return [...found.values()].map(({ spec }) => spec);
};

/** Makes the sections that the configs of a comparison name: those of the first one, then what the others add. */
export const reportSections = (
  registry: Registry,
  configs: readonly [ExperimentConfig, ...ExperimentConfig[]],
  say: Say,
): readonly ReportSection[] => {
  const informed = registry.provide([provide(LOG, say), provide(SEED, seedOf(configs[0].seed))]);
  return named(configs, say).map((spec) => informed.make(SECTION, spec));
};
