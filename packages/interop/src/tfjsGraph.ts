import type { io } from '@tensorflow/tfjs-core';
import {
  copiedPart,
  joinBytes,
  type ExportRequest,
  type RecordedGraph,
  type RecordedNode,
  type RecordGraph,
} from '@understory/core';
import { recordBatches } from './graph/freeBatch.ts';
import { inferenceProgram, PIXELS } from './graph/inferenceProgram.ts';

/** A node as tfjs's graph format has it, in the JSON form of TensorFlow's GraphDef. */
const nodeJson = ({ name, op, inputs, attributes }: RecordedNode): object => ({
  ...{ name, op },
  ...(inputs.length > 0 && { input: inputs }),
  attr: attributes,
});

const specsOf = ({ nodes }: RecordedGraph): io.WeightsManifestEntry[] =>
  nodes.flatMap(({ name, content }) =>
    content
      ? [{ name, shape: [...content.shape], dtype: content.dtype === 'uint8' ? 'int32' : content.dtype }]
      : [],
  );

const bytesOf = ({ content }: RecordedNode): Uint8Array[] =>
  content ? [new Uint8Array(content.data.buffer, content.data.byteOffset, content.data.byteLength)] : [];

/** A tensor of a signature. */
const infoOf = (at: string, shape?: readonly number[]): object => ({
  name: at.includes(':') ? at : `${at}:0`,
  dtype: 'DT_FLOAT',
  ...(shape && { tensorShape: { dim: shape.map((size) => ({ size: String(size) })) } }),
});

const mapped = (named: Readonly<Record<string, string>>, of: (at: string) => object): object =>
  Object.fromEntries(Object.entries(named).map(([name, at]) => [name, of(at)]));

/** A model of tfjs as a graph, and for how many images it is; any number where undefined. */
export interface GraphArtifacts {
  readonly artifacts: io.ModelArtifacts;
  readonly images: number | undefined;
}

/**
 * A network as people use it, as a graph for plain tfjs: pixels 0…255 [B, H, W, 3] → what its task activates. One image at a time where
 * what it computes is written image by image: a detector's boxes, decoded and with overlapping ones left out.
 */
export const graphArtifacts = (
  request: Pick<ExportRequest, 'network' | 'task' | 'dataset'>,
  record: RecordGraph,
): GraphArtifacts => {
  const { graph, images } = recordBatches(inferenceProgram(request), record, undefined);
  const shape = graph.nodes.find(({ name }) => name === graph.inputs[PIXELS])?.gives[0]?.shape;
  const weights = joinBytes(graph.nodes.flatMap(bytesOf));
  const signature = {
    inputs: mapped(graph.inputs, (at) => infoOf(at, shape)),
    outputs: mapped(graph.outputs, (at) => infoOf(at)),
  };
  const artifacts = {
    format: 'graph-model',
    generatedBy: 'understory',
    modelTopology: { node: graph.nodes.map(nodeJson), library: {}, versions: { producer: 1 } },
    signature,
    weightSpecs: specsOf(graph),
    weightData: copiedPart(weights, 0, weights.length),
  };
  return { artifacts, images };
};
