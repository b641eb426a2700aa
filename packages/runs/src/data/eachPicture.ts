import { inPool, turns, type Picture, type Samples } from '@understory/core';

/** What is told of the samples of a split. */
export interface PictureVisitor {
  readonly visit: (position: number, picture: Picture) => void;
  /** A picture that cannot be read, and why. */
  readonly fault: (position: number, reason: string) => void;
}

/** Decoded at once: Node's pool has four threads. */
const IN_FLIGHT = 8;
/** Images of samples without pictures of their own that are read at a time. */
const AT_A_TIME = 64;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const positionsOf = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

/** Images of the network's size, where samples have no others. */
const readImages = async (samples: Samples, from: number, to: number): Promise<Picture[]> => {
  const [height, width] = samples.size;
  const bytes = height * width * 3;
  const all = await samples.read(positionsOf(from, to));
  return positionsOf(0, to - from).map((i) => ({
    data: all.subarray(i * bytes, (i + 1) * bytes),
    height,
    width,
  }));
};

const eachImage = async (samples: Samples, { visit, fault }: PictureVisitor): Promise<void> => {
  const pause = turns();
  const one = async (position: number): Promise<void> => {
    try {
      for (const image of await readImages(samples, position, position + 1)) visit(position, image);
    } catch (error) {
      fault(position, reasonOf(error));
    }
  };
  for (let from = 0; from < samples.length; from += AT_A_TIME) {
    const to = Math.min(samples.length, from + AT_A_TIME);
    const images = await readImages(samples, from, to).catch(() => undefined);
    for (const position of positionsOf(from, to)) {
      const image = images?.[position - from];
      if (image) visit(position, image);
      else await one(position);
      await pause();
    }
  }
};

/** Shows every picture of some samples, each once, in any order: at its own size where samples have pictures, else as they are read. */
export const eachPicture = async (samples: Samples, visitor: PictureVisitor): Promise<void> => {
  const readPicture = samples.readPicture?.bind(samples);
  if (!readPicture) return eachImage(samples, visitor);
  const pause = turns();
  await inPool(samples.length, IN_FLIGHT, async (position) => {
    let picture: Picture;
    try {
      picture = await readPicture(position);
    } catch (error) {
      visitor.fault(position, reasonOf(error));
      return;
    }
    visitor.visit(position, picture);
    await pause();
  });
};

/** The picture at one position, as `eachPicture` shows it. */
export const onePicture = async (samples: Samples, position: number): Promise<Picture> => {
  if (samples.readPicture) return samples.readPicture(position);
  const [image] = await readImages(samples, position, position + 1);
  if (!image) throw new RangeError(`no image at position ${position}`);
  return image;
};
