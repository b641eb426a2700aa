import { batchToSpaceND, spaceToBatchND, type backend_util, type Tensor } from '@tensorflow/tfjs-core';

type Info = backend_util.Conv2DInfo;

/** A dilated convolution as an ordinary one: pixels that meet in a window lie side by side in images of their own. */
export interface Spread {
  /** Of the ordinary convolution. */
  readonly info: Info;
  /** Maps that go in, [B, H, W, C] → [B · dh · dw, …]. */
  readonly input: (x: Tensor) => Tensor;
  readonly output: (y: Tensor) => Tensor;
  /** Back from what `input` and `output` gave. */
  readonly backInput: (x: Tensor) => Tensor;
  readonly backOutput: (y: Tensor) => Tensor;
}

/** How windows with gaps lie on a padded map; tfjs refuses strides beside them. */
export const spreadOf = (info: Info): Spread => {
  const { top, bottom, left, right } = info.padInfo;
  const block = [info.dilationHeight, info.dilationWidth];
  const padded = [info.inHeight + top + bottom, info.inWidth + left + right];
  const [below = 0, beside = 0] = block.map((d, axis) => (d - (padded[axis]! % d)) % d);
  const around = [
    [top, bottom + below],
    [left, right + beside],
  ];
  const behind = [
    [0, below],
    [0, beside],
  ];
  const [height = 0, width = 0] = block.map((d, axis) => (padded[axis]! + [below, beside][axis]!) / d);
  const batch = info.batchSize * info.dilationHeight * info.dilationWidth;
  return {
    info: {
      ...info,
      ...{ batchSize: batch, inHeight: height, inWidth: width, dilationHeight: 1, dilationWidth: 1 },
      inShape: [batch, height, width, info.inChannels],
      padInfo: { top: 0, bottom: 0, left: 0, right: 0, type: 'VALID' },
    },
    input: (x) => spaceToBatchND(x, block, around),
    output: (y) => spaceToBatchND(y, block, behind),
    backInput: (x) => batchToSpaceND(x, block, around),
    backOutput: (y) => batchToSpaceND(y, block, behind),
  };
};
