import { describe, expect, it } from 'vitest';
import type { Augmentation, View } from '../contracts/augmentation.ts';
import { UnderstoryError } from '../errors.ts';
import { streamOf, tinyExperiment } from '../testing/index.ts';
import { eagerRunner } from '../training/eagerRunner.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { previewViews } from './preview.ts';
import { prepareTraining } from '../training/train.ts';
import { FRAME, frameSpec } from './boxes.ts';
import { checkViews } from './checkViews.ts';
import { viewSize } from './view.ts';

type Size = readonly [number, number];

/** Changes nothing but the size that it claims. */
const ending = (size: Size): Augmentation => ({
  name: 'ending',
  outputSize: () => size,
  sample: () => ({}),
  apply: (images) => images,
});

/** Takes pictures of 6 pixels and more. */
const picky: Augmentation = {
  name: 'picky',
  check([height]) {
    if (height < 6)
      throw new UnderstoryError('picture-size', `picky: pictures of ${height} rows are too small.`);
  },
  sample(_, size) {
    this.check!(size);
    return {};
  },
  apply: (images) => images,
};

const withViews = (views: readonly View[]): Experiment => {
  const made = tinyExperiment([], { streams: [streamOf({ views: 1 })] });
  const [first] = made.streams;
  return { ...made, streams: [{ ...first, views }] };
};

describe('viewSize', () => {
  it('follows the size through a view, and asks each augmentation about the size that it sees', () => {
    expect(viewSize([], [8, 9])).toEqual([8, 9]);
    expect(viewSize([picky, ending([6, 7]), picky], [8, 9])).toEqual([6, 7]);
    expect(() => viewSize([picky, ending([5, 7]), picky], [8, 9])).toThrow(/picky: pictures of 5 rows/);
  });
});

describe('checkViews', () => {
  it('names the stream and the view of an augmentation that cannot work', () => {
    const experiment = withViews([[picky], [ending([4, 4]), picky]]);
    expect(() => checkViews(experiment)).toThrow(/^View 2 of the stream "train": picky: pictures of 4 rows/);
  });

  it('refuses views that end in different sizes', () => {
    expect(() => checkViews(withViews([[], [ending([8, 6])]]))).toThrow(
      /View 1 of the stream "train" makes pictures of 8×8, View 2 of the stream "train" of 8×6/,
    );
    expect(() => checkViews(withViews([[ending([6, 6])], [picky, ending([6, 6])]]))).not.toThrow();
  });

  it('refuses to mix images whose class would then be of one of them', () => {
    const mixing: Augmentation = { ...ending([8, 8]), name: 'mixing', mixes: true };
    expect(() => checkViews(withViews([[ending([8, 8])], [mixing]]))).toThrow(
      /^View 2 of the stream "train": "mixing" puts parts of several images into one, and "label" says/,
    );
    const [first] = withViews([[mixing]]).streams;
    const unlabelled = { streams: [{ ...first, labelled: false }] } as const;
    expect(() => checkViews(unlabelled as Pick<Experiment, 'streams'>)).not.toThrow();
    const boxed = { ...first.samples, targets: { [FRAME]: frameSpec } };
    const moved: View = [{ ...mixing, moves: ['boxes'] }];
    expect(() => checkViews({ streams: [{ ...first, samples: boxed, views: [moved] }] })).not.toThrow();
  });

  it('speaks before anything is built or read: at the start of a run', async () => {
    const unread = withViews([[ending([4, 4]), picky]]);
    const backbone = () => {
      throw new Error('The backbone was built.');
    };
    await expect(prepareTraining({ ...unread, backbone }, { runner: eagerRunner() })).rejects.toThrow(
      /picky/,
    );
  });

  it('speaks in a preview', async () => {
    const { streams } = withViews([[ending([4, 4]), picky]]);
    await expect(previewViews(streams[0], 1, [0])).rejects.toThrow(/picky: pictures of 4 rows/);
  });
});
