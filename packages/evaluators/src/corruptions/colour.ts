import { mapped, type Picture } from './picture.ts';

/** HSV's value, the largest channel, plus a number; hue and saturation stay. */
export const brightness = (picture: Picture, more: number): Picture =>
  mapped(picture, (value, i) => {
    const first = i - (i % 3);
    const most = Math.max(...picture.data.subarray(first, first + 3));
    const then = Math.min(1, Math.max(0, most + more));
    return most > 0 ? (value / most) * then : then;
  });

/** Distances from each channel's mean times a factor. */
export const contrast = (picture: Picture, factor: number): Picture => {
  const pixels = picture.data.length / 3;
  const means = [0, 1, 2].map(
    (c) => picture.data.reduce((sum, v, i) => sum + (i % 3 === c ? v : 0), 0) / pixels,
  );
  return mapped(picture, (value, i) => (value - means[i % 3]!) * factor + means[i % 3]!);
};
