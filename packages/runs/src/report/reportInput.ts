import { readFileSync } from 'node:fs';
import type { Dataset, Samples } from '@understory/core';
import { mistakesToShow, type ReportInput, type TestPicture } from '@understory/report';
import { chosen, EMBEDDED, pictures, type Collected } from './collect.ts';

const picturesOf = async (
  samples: Samples,
  positions: readonly number[],
): Promise<Map<number, TestPicture>> => {
  if (positions.length === 0) return new Map();
  const all = pictures(await samples.read(positions), samples.size);
  return new Map(positions.map((p, i) => [p, { picture: all[i]!, name: samples.describe(p) }]));
};

const version = (): string => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
};

export interface ReportRequest {
  readonly title: string;
  readonly command: string;
  readonly seed: number;
}

/** Puts together what a report shows of several methods on one dataset. */
export const reportInput = async (
  { title, command, seed }: ReportRequest,
  { name, classes, train, validation, test }: Dataset,
  collected: readonly Collected[],
  views: ReportInput['views'],
): Promise<ReportInput> => {
  const methods = collected.map((c) => c.method);
  const positions = chosen(test, EMBEDDED);
  const shown = positions.length > 0 ? pictures(await test.read(positions), test.size) : [];
  return {
    title,
    date: new Date().toISOString(),
    dataset: {
      name,
      classes,
      sizes: { train: train.length, validation: validation.length, test: test.length },
    },
    methods,
    sample: { labels: Int32Array.from(positions, (p) => test.groups?.[p] ?? -1), pictures: shown },
    ...(views && { views }),
    pictures: await picturesOf(test, mistakesToShow(methods)),
    reproduce: { command, seed, versions: { understory: version(), node: process.versions.node } },
  };
};
