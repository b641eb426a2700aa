import type { io } from '@tensorflow/tfjs-core';
import { copiedPart, joinBytes } from '@understory/core';
import { isLarge, type WeightType } from './eightBits.ts';
import { halves } from './halves.ts';
import { layerWeights } from './layerWeights.ts';

type Entry = io.WeightsManifestEntry;

interface Stored {
  readonly entry: Entry;
  readonly bytes: Uint8Array;
}

/** Whole tensors as 0…255 by their least and largest number: tfjs knows one scale for each. */
const inBytes = (entry: Entry, data: Float32Array): Stored => {
  const [least, most] = data.reduce(
    ([low, high], v) => [Math.min(low, v), Math.max(high, v)],
    [Infinity, -Infinity],
  );
  // Where all are one number, it is the scale.
  const scale = most > least ? (most - least) / 255 : Math.abs(most) || 1;
  // Zero stays zero: a small error in each of the many weights that are none would add up.
  const min = Math.round(least / scale) * scale;
  const bytes = Uint8Array.from(data, (v) => Math.max(0, Math.min(255, Math.round((v - min) / scale))));
  return { entry: { ...entry, quantization: { dtype: 'uint8', scale, min } }, bytes };
};

const stored = (entry: Entry, bytes: Uint8Array, weights: WeightType): Stored => {
  if (entry.dtype !== 'float32' || weights === 'float32') return { entry, bytes };
  const data = new Float32Array(copiedPart(bytes, 0, bytes.length));
  if (!isLarge({ dtype: 'float32', shape: entry.shape, data })) return { entry, bytes };
  if (weights === 'int8') return inBytes(entry, data);
  return {
    entry: { ...entry, quantization: { dtype: 'float16' } },
    bytes: new Uint8Array(halves(data).buffer),
  };
};

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1 };

/** Which weights are layers': of a model of layers all are, of a graph those that its layers' ops take. */
const layersOf = ({ format, modelTopology }: io.ModelArtifacts): ((name: string) => boolean) => {
  if (format !== 'graph-model') return () => true;
  const { node } = modelTopology as { readonly node: readonly TfjsNode[] };
  const users = layerWeights(node.map(({ op, input = [] }) => ({ op, inputs: input })));
  return (name) => users.has(name);
};

interface TfjsNode {
  readonly op: string;
  readonly input?: readonly string[];
}

/** A model of tfjs with its larger weights in fewer bits, as tfjs itself reads them. */
export const roundedWeights = (artifacts: io.ModelArtifacts, weights: WeightType): io.ModelArtifacts => {
  const { weightSpecs = [], weightData } = artifacts;
  if (weights === 'float32') return artifacts;
  const all = joinBytes([weightData ?? []].flat().map((part) => new Uint8Array(part)));
  let at = 0;
  const isLayers = layersOf(artifacts);
  const parts = weightSpecs.map((entry) => {
    const length = entry.shape.reduce((a, b) => a * b, 1) * (BYTES[entry.dtype] ?? 4);
    at += length;
    return stored(entry, all.subarray(at - length, at), isLayers(entry.name) ? weights : 'float32');
  });
  const bytes = joinBytes(parts.map((part) => part.bytes));
  return {
    ...artifacts,
    weightSpecs: parts.map(({ entry }) => entry),
    weightData: new Uint8Array(bytes).buffer,
  };
};
