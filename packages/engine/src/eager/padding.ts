import type { backend_util } from '@tensorflow/tfjs-core';
import type { Attributes } from './nativeOp.ts';

type Info = Pick<backend_util.Conv2DInfo, 'padInfo' | 'dataFormat'>;

/** [top, bottom], [left, right] in pixels, where tfjs was given numbers; null for 'same' and 'valid'. */
export const explicitPadding = ({ padInfo }: Info): [[number, number], [number, number]] | null =>
  padInfo.type === 'SAME' || padInfo.type === 'VALID'
    ? null
    : [
        [padInfo.top, padInfo.bottom],
        [padInfo.left, padInfo.right],
      ];

/** The attributes that say how a convolution or pooling is padded and how its maps lie in memory. */
export const layoutAttributes = (info: Info): Attributes => {
  const last = info.dataFormat === 'channelsLast';
  const data_format = { text: last ? 'NHWC' : 'NCHW' };
  const explicit = explicitPadding(info)?.flat();
  if (!explicit) return { data_format, padding: { text: info.padInfo.type } };
  const pads = last ? [0, 0, ...explicit, 0, 0] : [0, 0, 0, 0, ...explicit];
  return { data_format, padding: { text: 'EXPLICIT' }, explicit_paddings: { int: pads } };
};

/** One number for each dimension of a map: [1, h, w, 1] where channels come last. */
export const perAxis = ({ dataFormat }: Info, h: number, w: number): { int: number[] } => ({
  int: dataFormat === 'channelsLast' ? [1, h, w, 1] : [1, 1, h, w],
});
