import { placeIn, type Border, type Picture } from './picture.ts';

/** A weight of a pixel so far away. */
interface Tap {
  readonly row: number;
  readonly column: number;
  readonly weight: number;
}

/** Σ weight · pixel(row + tap.row, column + tap.column). */
const gathered = (picture: Picture, taps: readonly Tap[], border: Border): Picture => {
  const { height, width, channels, data } = picture;
  const out = new Float64Array(data.length);
  for (const { row, column, weight } of taps) {
    const columns = Int32Array.from(
      { length: width },
      (_, x) => placeIn(x + column, width, border) * channels,
    );
    for (let y = 0; y < height; y++) {
      const line = placeIn(y + row, height, border) * width * channels;
      for (let x = 0, to = y * width * channels; x < width; x++, to += channels)
        for (let c = 0; c < channels; c++) out[to + c]! += weight * data[line + columns[x]! + c]!;
    }
  }
  return { ...picture, data: out };
};

/** exp(−i² / 2σ²) for i = −radius … radius, of sum 1. */
const bell = (sigma: number, radius: number): number[] => {
  const raw = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((value) => value / sum);
};

/** Gaussian blur of so many σ to each side, whole pixels of them. */
export const gaussian = (picture: Picture, sigma: number, border: Border = 'edge', reach = 4): Picture => {
  if (sigma === 0) return picture;
  const radius = Math.floor(reach * sigma + 0.5);
  const weights = bell(sigma, radius);
  const taps = (row: number, column: number): Tap[] =>
    weights.map((weight, i) => ({ row: row * (i - radius), column: column * (i - radius), weight }));
  return gathered(gathered(picture, taps(1, 0), border), taps(0, 1), border);
};

/** Out of focus: a disk of a radius whose edge is smoothed by a Gaussian of 3 × 3 pixels (5 × 5 beyond a radius of 8). */
export const defocus = (picture: Picture, radius: number, smooth: number): Picture => {
  const [half, reach] = radius <= 8 ? [8, 1] : [Math.floor(radius), 2];
  const side = 2 * half + 1;
  const inside = Float64Array.from({ length: side * side }, (_, i) => {
    const [y, x] = [Math.floor(i / side) - half, (i % side) - half];
    return x * x + y * y <= radius * radius ? 1 : 0;
  });
  const sum = inside.reduce((a, b) => a + b);
  const weights = bell(smooth, reach);
  const line = (turned: boolean): Tap[] =>
    weights.map((weight, i) => ({ row: turned ? i - reach : 0, column: turned ? 0 : i - reach, weight }));
  const disk = { height: side, width: side, channels: 1, data: inside.map((value) => value / sum) };
  const { data } = gathered(gathered(disk, line(true), 'inner'), line(false), 'inner');
  const taps = Array.from(data, (weight, i) => ({
    row: Math.floor(i / side) - half,
    column: (i % side) - half,
    weight,
  }));
  return gathered(
    picture,
    taps.filter(({ weight }) => weight > 0),
    'inner',
  );
};

/** Blur along a line from each pixel, at an angle in degrees, one-sided: exp(−i² / 2σ²) for i = 0 … 2·radius. */
export const motion = (
  picture: Picture,
  { radius, sigma, angle }: { readonly radius: number; readonly sigma: number; readonly angle: number },
): Picture => {
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-(i ** 2) / (2 * sigma ** 2)));
  const sum = weights.reduce((a, b) => a + b);
  const [sine, cosine] = [Math.sin((angle * Math.PI) / 180), Math.cos((angle * Math.PI) / 180)];
  const taps = weights.map((weight, i) => ({
    ...{ row: Math.ceil(i * sine - 0.5), column: Math.ceil(i * cosine - 0.5) },
    weight: weight / sum,
  }));
  return gathered(picture, taps, 'edge');
};
