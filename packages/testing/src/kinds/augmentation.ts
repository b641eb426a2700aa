import { randomUniform, round, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import {
  drawView,
  paramTensors,
  seedOf,
  showView,
  type Augmentation,
  type Mixing,
  type NdArrays,
  type Rng,
} from '@understory/core';
import { check, isSame, requireThat, withoutReading, type ChecksOfKind } from '../check.ts';

type Size = readonly [number, number];
const BATCH = 4;

/** A stream an image, the same at each call. */
const streams = (from = 0, count = BATCH): Rng[] =>
  Array.from({ length: count }, (_, i) =>
    seedOf(5)
      .at(from + i)
      .rng(),
  );

const imagesOf = ([height, width]: Size): Tensor4D =>
  round(randomUniform([BATCH, height, width, 3], 0, 255, 'float32', 3));

/** One image's part of what was drawn for a batch. */
const rowOf = (drawn: NdArrays, at: number): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(drawn).map(([name, { data, shape }]) => {
      const row = data.length / (shape[0] ?? 1);
      return [name, Array.from(data.slice(at * row, (at + 1) * row))];
    }),
  );

const sameDraws = (a: Record<string, number[]>, b: Record<string, number[]>): boolean =>
  Object.entries(a).every(([name, values]) => isSame(values, b[name] ?? []));

const shownBy = (make: () => Augmentation, size: Size, from = 0): { data: Float32Array; shape: number[] } =>
  tidy(() => {
    const view = [make()];
    const shown = showView(view, imagesOf(size), paramTensors(drawView(view, streams(from), size)));
    return { data: shown.dataSync<'float32'>(), shape: shown.shape };
  });

const requireOwnStreams = (make: () => Augmentation, size: Size): void => {
  const all = make().sample(streams(), size);
  for (const [name, { shape, data }] of Object.entries(all))
    requireThat(
      shape[0] === BATCH && data.length === shape.reduce((a, b) => a * b, 1),
      `"${name}" has the shape [${shape.join(', ')}]; the first dimension has to be the batch, ${BATCH}`,
    );
  if (make().mixes === true) return;
  for (let i = 0; i < BATCH; i++) {
    const alone = make().sample(streams(i, 1), size);
    requireThat(
      sameDraws(rowOf(alone, 0), rowOf(all, i)),
      `image ${i} draws other numbers in a batch than alone: use its own stream only`,
    );
  }
};

const requireRepeats = (make: () => Augmentation, size: Size): void => {
  const [a, b] = [make().sample(streams(), size), make().sample(streams(), size)];
  for (let i = 0; i < BATCH; i++)
    requireThat(
      sameDraws(rowOf(a, i), rowOf(b, i)),
      'the same streams give other numbers: draw from them alone, not from Math.random',
    );
};

const requirePixels = (make: () => Augmentation, size: Size): void => {
  const { data, shape } = shownBy(make, size);
  const [height, width] = make().outputSize?.(size) ?? size;
  requireThat(
    isSame(shape, [BATCH, height, width, 3]),
    `images are [${shape.join(', ')}], not [${BATCH}, ${height}, ${width}, 3]`,
  );
  const odd = data.find((v) => !Number.isInteger(v) || v < 0 || v > 255);
  requireThat(odd === undefined, `a pixel is ${odd}; round it and keep it from 0 to 255`);
};

const requireMoves = ({ moves = [], inPlace, ...augmentation }: Augmentation): void => {
  const canMove = 'applyTarget' in augmentation;
  requireThat(moves.length === 0 || canMove, `it moves ${moves.join(', ')} and has no applyTarget`);
  requireThat(!(inPlace === true && moves.length > 0), 'it is inPlace, so nothing moves: leave moves out');
};

/** `AUGMENTATION`: changes a batch of images. */
export const augmentationChecks: ChecksOfKind<Augmentation> = (make, { size = [12, 12] }) => [
  check('draws one row an image, each from its own stream', () => requireOwnStreams(make, size)),
  check('draws the same from the same streams', () => requireRepeats(make, size)),
  check('gives whole numbers from 0 to 255, of the size that it says', () => requirePixels(make, size)),
  check('says that it is deterministic only if it draws nothing', () => {
    const changes = !isSame(shownBy(make, size).data, shownBy(make, size, 100).data);
    requireThat(
      !(changes && make().deterministic),
      'other streams give other images, and it says that it is deterministic',
    );
  }),
  check('reads no value while it computes', () => {
    tidy(() => {
      const view = [make()];
      const [images, params] = [imagesOf(size), paramTensors(drawView(view, streams(), size))];
      withoutReading(() => showView(view, images, params));
    });
  }),
  check('moves every kind of target that it says', () => requireMoves(make())),
];

/** `MIXING`: mixes images of a batch in pairs. */
export const mixingChecks: ChecksOfKind<Mixing> = (make, { size = [12, 12] }) => [
  check('draws the share and a partner for each image', () => {
    const { share, partners } = make().sample(seedOf(1).rng(), BATCH, size);
    const left = Number(share?.data[0]);
    requireThat(
      left >= 0 && left <= 1,
      `the share is ${left}; it is what is left of an image's own label, 0 to 1`,
    );
    const wrong = Array.from(partners?.data ?? [NaN]).find((p) => !(p >= 0 && p < BATCH));
    requireThat(wrong === undefined, `a partner is ${wrong} in a batch of ${BATCH}`);
  }),
  check('keeps the shape, by tensor operations alone', () => {
    tidy(() => {
      const mixing = make();
      const params = paramTensors(mixing.sample(seedOf(1).rng(), BATCH, size));
      const images = imagesOf(size);
      const { shape } = withoutReading(() => mixing.apply(images, params));
      requireThat(isSame(shape, images.shape), `images are [${shape.join(', ')}] afterwards`);
    });
  }),
];
