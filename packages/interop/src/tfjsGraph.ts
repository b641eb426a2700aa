import type { io } from '@tensorflow/tfjs-core';
import {
  buildActivation,
  inferenceStep,
  copiedPart,
  joinBytes,
  type ExportRequest,
  type RecordedGraph,
  type RecordedNode,
  type RecordGraph,
} from '@understory/core';

/** Name of the input: pixels 0…255 of one image, [1, height, width, 3]. */
const PIXELS = 'pixels';

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

/**
 * A network as people use it, as a graph for plain tfjs: pixels 0…255 [1, H, W, 3] → what its task activates, for example a
 * detector's boxes, decoded and with overlapping ones left out. One image at a time, since every shape is fixed.
 */
export const graphArtifacts = (
  { network, task, dataset }: Pick<ExportRequest, 'network' | 'task' | 'dataset'>,
  record: RecordGraph,
): io.ModelArtifacts => {
  const step = inferenceStep(network, { task, normalization: dataset.normalization });
  const { names } = buildActivation(task, network);
  const size = [1, ...dataset.size, 3];
  const told = ({ [PIXELS]: images }: Parameters<typeof step>[0]): ReturnType<typeof step> => {
    const made = step({ images: images! });
    return Object.fromEntries(names.map((name) => [name, made[name]!]));
  };
  const graph = record('inference', told, { [PIXELS]: size });
  const tensorShape = { dim: size.map((side) => ({ size: String(side) })) };
  const inputs = Object.entries(graph.inputs).map(([name, at]) => {
    return [name, { name: `${at}:0`, dtype: 'DT_FLOAT', tensorShape }] as const;
  });
  const outputs = Object.entries(graph.outputs).map(([name, at]) => {
    return [name, { name: at.includes(':') ? at : `${at}:0`, dtype: 'DT_FLOAT' }] as const;
  });
  const weights = joinBytes(graph.nodes.flatMap(bytesOf));
  return {
    format: 'graph-model',
    generatedBy: 'understory',
    modelTopology: { node: graph.nodes.map(nodeJson), library: {}, versions: { producer: 1 } },
    signature: { inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(outputs) },
    weightSpecs: specsOf(graph),
    weightData: copiedPart(weights, 0, weights.length),
  };
};
