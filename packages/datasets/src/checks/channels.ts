import type { Picture } from '@understory/core';

/** Mean and population standard deviation of each channel, in 0…1, over all pixels. */
export interface ChannelStats {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly pixels: number;
}

type Sums = [number, number, number];

/** Sums of bytes are whole numbers, exact up to 2^53: no order of pictures changes them. */
export const channelCounter = () => {
  const [first, second]: [Sums, Sums] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  let pixels = 0;
  return {
    add({ data }: Pick<Picture, 'data'>): void {
      for (let c = 0; c < 3; c++) {
        let [sum, squares] = [0, 0];
        for (let i = c; i < data.length; i += 3) {
          const v = data[i]!;
          sum += v;
          squares += v * v;
        }
        first[c]! += sum;
        second[c]! += squares;
      }
      pixels += data.length / 3;
    },
    /** Undefined where there was no pixel. */
    end(): ChannelStats | undefined {
      if (pixels === 0) return undefined;
      const mean = first.map((sum) => sum / pixels / 255);
      const std = second.map((sum, c) => Math.sqrt(Math.max(0, sum / pixels / 65_025 - mean[c]! ** 2)));
      return { mean: mean as Sums, std: std as Sums, pixels };
    },
  };
};
