import { UnderstoryError, type EvaluationRequest } from '@understory/core';
import type { Matrix } from '../matrix.ts';
import { pooledMaps, type StageView } from './look.ts';
import { OF_CLASSES, type LensMeasure } from './measures.ts';
import { stratified } from './sample.ts';

const labelsAt = (groups: Int32Array | undefined, positions: readonly number[]): Int32Array | undefined =>
  groups && Int32Array.from(positions, (p) => groups[p]!);

/** What is looked at, and how. */
export interface Wanted {
  readonly wanted: ReadonlySet<LensMeasure>;
  readonly images: number;
  readonly log: (line: string) => void;
}

/** Training images with their classes, and what each stage makes of them; undefined where nothing reads them. */
const bankOf = async (request: EvaluationRequest, { images, wanted }: Wanted) => {
  const { samples, learned } = request;
  const { groups } = learned;
  const reads = wanted.has('probe') || wanted.has('knn');
  if (!reads || !samples.groups || !groups || learned.length === 0) return undefined;
  const places = stratified(learned, images);
  const labels = Int32Array.from(places, (p) => groups[p]!);
  return { labels, features: await pooledMaps(request, learned, places) };
};

/** What each stage makes of two views of the images; undefined where nothing looks at them, or they cannot be shown. */
const pairsOf = async (request: EvaluationRequest, { wanted, log }: Wanted, positions: readonly number[]) => {
  const { samples, training } = request;
  if (!training || !(wanted.has('alignment') || wanted.has('invariance'))) return undefined;
  const seen = training.viewed(samples);
  if (seen)
    return [
      await pooledMaps(request, seen[0], positions),
      await pooledMaps(request, seen[1], positions),
    ] as const;
  log(
    `depth-lens: the views make images of another size of these, or mix them, so alignment and invariance are left out.`,
  );
  return undefined;
};

const noTaps = (): UnderstoryError =>
  new UnderstoryError(
    'no-taps',
    `depth-lens looks at the taps of a backbone, and this request names none. Give it "taps".`,
  );

/** What each stage makes of the images of a look. */
export const stageViews = async (
  request: EvaluationRequest,
  settings: Wanted,
): Promise<Readonly<Record<string, StageView | undefined>>> => {
  const { samples, dataset, taps } = request;
  if (!taps) throw noTaps();
  const positions = stratified(samples, settings.images);
  const labels = labelsAt(samples.groups, positions);
  if (!labels && OF_CLASSES.some((measure) => settings.wanted.has(measure)))
    settings.log(`depth-lens: images have no class each, so ${OF_CLASSES.join(', ')} are left out.`);
  const features = await pooledMaps(request, samples, positions);
  const bank = await bankOf(request, settings);
  const pairs = await pairsOf(request, settings, positions);
  const viewOf = (tap: string, own: Matrix): StageView => {
    const [known, first, second] = [bank?.features[tap], pairs?.[0][tap], pairs?.[1][tap]];
    return {
      ...{ features: own, classes: dataset.classes.length },
      ...(labels && { labels }),
      ...(bank && known && { bank: { features: known, labels: bank.labels } }),
      ...(first && second && { pair: [first, second] }),
    };
  };
  return Object.fromEntries(
    taps.map((tap) => {
      const own = features[tap];
      return [tap, own && own.rows > 1 ? viewOf(tap, own) : undefined];
    }),
  );
};
