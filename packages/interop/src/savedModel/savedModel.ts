import { UnderstoryError, type ModelSignature, type RecordedGraph } from '@understory/core';
import { bytesOf, fieldsOf, message, messagesIn, textOf, type Content } from '@understory/core/protobuf';
import type { WeightType } from '../graph/eightBits.ts';
import { nodeOf, outputOf } from '../graph/neighbours.ts';
import { graphDef, shapeMessage, TYPES } from './graphDef.ts';

/** What a program asks a SavedModel for where it says nothing else. */
const SIGNATURE = 'serving_default';
const TAG = 'serve';

const tensorName = (value: string): string => (value.includes(':') ? value : `${value}:0`);

/** Entries of a signature: names for people, and which tensors they are. */
const entries = (graph: RecordedGraph, named: Readonly<Record<string, string>>): Content =>
  Object.entries(named).map(([name, value]) => {
    const type = graph.nodes.find((node) => node.name === nodeOf(value))?.gives[outputOf(value)];
    if (!type) throw new UnderstoryError('export', `The recorded graph has no "${value}".`);
    const info = message({ 1: tensorName(value), 2: TYPES[type.dtype], 3: shapeMessage(type.shape) });
    return message({ 1: name, 2: info });
  });

/** A graph as `saved_model.pb`: weights are constants in it, so that the folder holds nothing else that TensorFlow reads. */
export const savedModel = (graph: RecordedGraph, weights: WeightType): Uint8Array => {
  const signature = message({
    1: entries(graph, graph.inputs),
    2: entries(graph, graph.outputs),
    3: 'tensorflow/serving/predict',
  });
  const metaGraph = message({
    1: message({ 4: TAG, 5: '2.13.0' }),
    2: graphDef(graph, weights),
    5: message({ 1: SIGNATURE, 2: signature }),
  });
  return message({ 1: 1, 2: metaGraph });
};

const fieldText = (bytes: Uint8Array, id: number): string => {
  const field = [...fieldsOf(bytes)].find((one) => one.id === id);
  return field ? textOf(field) : '';
};

const fieldBytes = (bytes: Uint8Array, id: number): Uint8Array => {
  const field = [...fieldsOf(bytes)].find((one) => one.id === id);
  return field ? bytesOf(field) : new Uint8Array();
};

const named = (bytes: Uint8Array, id: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    messagesIn(bytes, id).map((entry) => [fieldText(entry, 1), fieldText(fieldBytes(entry, 2), 1)]),
  );

/** A size beyond this is −1, any size, of which a reader of plain varints makes a huge number. */
const LARGEST = 2 ** 31;

/** How many images a model takes at once, by its signature's first input; any number where undefined. */
const batchOf = (signature: Uint8Array): number | undefined => {
  const info = fieldBytes(fieldBytes(signature, 1), 2);
  const [first] = messagesIn(fieldBytes(info, 3), 2);
  const size = first ? [...fieldsOf(first)].find(({ id }) => id === 1)?.value : undefined;
  return typeof size === 'number' && size > 0 && size < LARGEST ? size : undefined;
};

/** What a `saved_model.pb` takes and gives where nothing else is asked for. Errors: `bad-model`. */
export const savedSignature = (bytes: Uint8Array, file: string): ModelSignature => {
  try {
    const signatures = messagesIn(bytes, 2).flatMap((metaGraph) => messagesIn(metaGraph, 5));
    const found = signatures.find((entry) => fieldText(entry, 1) === SIGNATURE);
    if (found) {
      const signature = fieldBytes(found, 2);
      const batch = batchOf(signature);
      return {
        ...{ inputs: named(signature, 1), outputs: named(signature, 2) },
        ...(batch !== undefined && { batch }),
      };
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new UnderstoryError('bad-model', `${file} has no signature "${SIGNATURE}". Export the model again.`);
};
