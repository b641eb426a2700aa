import type { Picture } from './input.ts';
import { refuse } from './refuse.ts';

export const checkPicture = ({ shape, data, dtype }: Picture, where: string): void => {
  const [height = 0, width = 0, channels] = shape;
  const sound =
    dtype === 'uint8' && shape.length === 3 && channels === 3 && data.length === height * width * 3;
  if (!sound || data.length === 0) {
    refuse(`${where} is ${dtype} [${shape.join(', ')}] with ${data.length} values; it wants uint8 [h, w, 3]`);
  }
};
