import { UnderstoryError, type Calibration, type NdArrays, type RecordedGraph } from '@understory/core';
import { Histogram } from '../calibration/histogram.ts';
import type { BatchedGraph } from '../graph/freeBatch.ts';
import { Neighbours, outputOf } from '../graph/neighbours.ts';
import { withOpened } from './openGraph.ts';

/** Memory for what is looked at of one batch, in bytes. */
const ROOM = 2 ** 28;
const MOST = 32;

/** How many images' values fit into the room. */
const batchFor = (graph: RecordedGraph, values: readonly string[]): number => {
  const nodes = new Neighbours(graph);
  const sizes = values.map((value) => {
    const type = nodes.at(value).gives[outputOf(value)];
    return 4 * (type?.shape ?? []).reduce((all, size) => all * Math.abs(size), 1);
  });
  const one = sizes.reduce((a, b) => a + b, 0);
  return Math.max(1, Math.min(MOST, Math.floor(ROOM / one)));
};

const count = (counted: ReadonlyMap<string, Histogram>, made: NdArrays): void => {
  for (const [name, histogram] of counted) histogram.add(made[name]?.data ?? []);
};

const notFinite = (cause: unknown): unknown =>
  cause instanceof UnderstoryError && cause.code === 'non-finite'
    ? new UnderstoryError(
        'export',
        'The network gives numbers that are not finite on the images of --calibrate, so no range holds them. Take other images, or --set weights=float32.',
        { cause },
      )
    : cause;

/** Counts the numbers that values of a graph take on the images of a calibration. Errors: `export`, those of the images. */
export const countActivations = async (
  { graph, images }: BatchedGraph,
  values: readonly string[],
  calibration: Calibration,
): Promise<ReadonlyMap<string, Histogram>> => {
  const outputs = Object.fromEntries(values.map((value) => [value, value]));
  const counted = new Map(values.map((value) => [value, new Histogram()]));
  try {
    return await withOpened({ ...graph, outputs }, calibration, async (opened) => {
      for await (const pixels of calibration.read(images ?? batchFor(graph, values)))
        if (images === undefined || pixels.shape[0] === images) count(counted, await opened.run(pixels));
      return counted;
    });
  } catch (error) {
    throw notFinite(error);
  }
};
