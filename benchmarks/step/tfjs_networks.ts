import type * as tfjs from '@tensorflow/tfjs';

type Tf = typeof tfjs;
type Symbolic = tfjs.SymbolicTensor;
type Layer = { apply(x: Symbolic | Symbolic[]): unknown };

/** Layers in a row. */
const through = (x: Symbolic | Symbolic[], ...layers: readonly Layer[]): Symbolic =>
  layers.reduce<Symbolic | Symbolic[]>((value, layer) => layer.apply(value) as Symbolic, x) as Symbolic;

/** A network cut into stages: the map at the end of each. */
type Stages = (tf: Tf, images: Symbolic, large: boolean) => Symbolic[];

const conv = (tf: Tf, filters: number, kernelSize: number, strides = 1): Layer[] => [
  tf.layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false }),
  tf.layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9 }),
];

const depthwise = (tf: Tf, strides: number): Layer =>
  tf.layers.depthwiseConv2d({ kernelSize: 3, strides, padding: 'same', useBias: false });

const relu6 = (tf: Tf): Layer => tf.layers.reLU({ maxValue: 6 });

const resnet =
  (counts: readonly number[], expansion: 1 | 4): Stages =>
  (tf, images, large) => {
    const relu = (): Layer => tf.layers.reLU();
    const block = (x: Symbolic, planes: number, stride: number): Symbolic => {
      const basic = [...conv(tf, planes, 3, stride), relu(), ...conv(tf, planes, 3)];
      const narrow = [...conv(tf, planes, 1), relu(), ...conv(tf, planes, 3, stride), relu()];
      const y = through(x, ...(expansion === 1 ? basic : [...narrow, ...conv(tf, 4 * planes, 1)]));
      const outputs = planes * expansion;
      const plain = stride === 1 && x.shape.at(-1) === outputs;
      return through([y, plain ? x : through(x, ...conv(tf, outputs, 1, stride))], tf.layers.add(), relu());
    };
    const pool = tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' });
    let x = through(images, ...conv(tf, 64, large ? 7 : 3, large ? 2 : 1), relu(), ...(large ? [pool] : []));
    return counts.map((count, stage) => {
      for (let i = 0; i < count; i++) x = block(x, 64 * 2 ** stage, stage > 0 && i === 0 ? 2 : 1);
      return x;
    });
  };

/** Sandler et al. 2018, table 2: expansion, width, blocks, stride of the first. */
const ROWS = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

const mobilenetV2: Stages = (tf, images, large) => {
  const block = (x: Symbolic, expansion: number, filters: number, stride: number): Symbolic => {
    const inputs = x.shape.at(-1)!;
    const widen = expansion === 1 ? [] : [...conv(tf, inputs * expansion, 1), relu6(tf)];
    const norm = tf.layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9 });
    const y = through(x, ...widen, depthwise(tf, stride), norm, relu6(tf), ...conv(tf, filters, 1));
    return stride === 1 && inputs === filters ? through([y, x], tf.layers.add()) : y;
  };
  const stages: Symbolic[] = [];
  let x = through(images, ...conv(tf, 32, 3, large ? 2 : 1), relu6(tf));
  let halvings = 0;
  for (const [expansion, width, count, first] of ROWS) {
    for (let i = 0; i < count; i++) {
      const halves = i === 0 && first === 2;
      if (halves && ++halvings > 1) stages.push(x);
      x = block(x, expansion, width, halves && (large || halvings > 1) ? 2 : 1);
    }
  }
  return [...stages, through(x, ...conv(tf, 1280, 1), relu6(tf))];
};

const NETWORKS: Readonly<Record<string, Stages>> = {
  resnet18: resnet([2, 2, 2, 2], 1),
  resnet50: resnet([3, 4, 6, 3], 4),
  mobilenetv2: mobilenetV2,
};

const separable = (tf: Tf, x: Symbolic, outputs: number): Symbolic => {
  const half = (y: Symbolic, strides: number, filters: number): Symbolic =>
    through(y, depthwise(tf, strides), ...conv(tf, filters, 1), tf.layers.reLU());
  return half(half(x, 2, x.shape.at(-1)!), 1, outputs);
};

export interface NetworkRequest {
  readonly model: string;
  readonly size: number;
  readonly classes: number;
}

/** A network of plain `tf.layers` with a projection head on each of its first three stages: embeddings, then logits. */
export const network = (tf: Tf, { model, size, classes }: NetworkRequest): tfjs.LayersModel => {
  const images = tf.input({ shape: [size, size, 3] });
  const stages = NETWORKS[model]?.(tf, images, size > 64);
  if (!stages)
    throw new Error(`${model} is not written down here; known: ${Object.keys(NETWORKS).join(', ')}`);
  const embeddings = stages.map((map, i) => {
    const later = i < 3 ? stages.slice(i + 1).map((stage) => stage.shape.at(-1)!) : [];
    const end = later.reduce((x, outputs) => separable(tf, x, outputs), map);
    return through(end, tf.layers.globalAveragePooling2d({}));
  });
  const dropout = model === 'mobilenetv2' ? [tf.layers.dropout({ rate: 0.2 })] : [];
  const logits = through(embeddings.at(-1)!, ...dropout, tf.layers.dense({ units: classes }));
  return tf.model({ inputs: images, outputs: [...embeddings, logits] });
};
