import { layerTable, type NameTable } from './nameTable.ts';

/** Modules of a separable convolution there, in order: two times depthwise, pointwise, batch norm and ReLU. */
const MODULES: Readonly<Record<string, number>> = {
  depthwise1: 0,
  pointwise1: 1,
  norm1: 2,
  depthwise2: 4,
  pointwise2: 5,
  norm2: 6,
};

/**
 * The released code's projection head at stage `stage` (1 … 3), `auxiliary1` to `auxiliary3` beside the backbone, for a
 * head that `sepConv` of @understory/supervision made. Everything else of the file is left alone.
 */
export const cdsHeads = (stage: number): NameTable =>
  layerTable(
    'official',
    [
      [
        /(?:.*\/)?sep(\d+)\/(\w+)/,
        (index, layer) => `auxiliary${stage}.${Number(index) - 1}.op.${MODULES[layer] ?? layer}`,
      ],
    ],
    new RegExp(`^(?!auxiliary${stage}\\.)`),
  );
