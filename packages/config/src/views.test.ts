import { describe, expect, it } from 'vitest';
import { planStreams, type ViewSets } from './views.ts';

const sets: ViewSets = {
  default: [['flip'], ['grayscale']],
  fixmatch: [['crop'], ['fixmatch-augment']],
  sskd: [['rotate90'], ['rotate90'], ['rotate90'], ['rotate90']],
};
const one = { batch: 8, views: undefined, unlabelled: undefined };
const two = { ...one, unlabelled: { labelled: 0.1, batch: 16 } };
const contrast = { views: 2 };
const fixMatch = { views: 2, viewSet: 'fixmatch', viewStreams: ['unlabelled'] };
const viewsOf = (...given: Parameters<typeof planStreams>): unknown =>
  planStreams(...given).map((s) => s.views);

describe('views of a config that names none', () => {
  it('are as many of the usual ones as the objectives need', () => {
    expect(viewsOf(one, [{}], sets)).toEqual([[['flip']]]);
    expect(viewsOf(one, [{}, contrast], sets)).toEqual([sets.default]);
  });

  it('are those that an objective was made for', () => {
    expect(viewsOf(one, [{}, { views: 4, viewSet: 'sskd' }], sets)).toEqual([sets['sskd']]);
    expect(viewsOf(one, [{ viewSet: 'unheard-of' }], sets)).toEqual([[['flip']]]);
  });

  it('differ by stream where an objective looks at one alone', () => {
    expect(viewsOf(two, [{}, fixMatch], sets)).toEqual([[['flip']], sets['fixmatch']]);
    expect(viewsOf(two, [{}, fixMatch, contrast], sets)).toEqual([sets.default, sets['fixmatch']]);
  });

  it('are those of the labelled share alone where a step sees no other images', () => {
    const alone = { ...one, unlabelled: { labelled: 0.1, batch: 0 } };
    expect(planStreams(alone, [{}], sets)).toEqual([
      { name: 'labelled', batch: 8, labelled: true, views: [['flip']] },
    ]);
  });

  it('give way to what the config says', () => {
    const own = [['invert']];
    expect(viewsOf({ ...two, views: own }, [fixMatch], sets)).toEqual([own, own]);
    const other = { ...two.unlabelled, views: own };
    expect(viewsOf({ ...two, unlabelled: other }, [contrast, fixMatch], sets)).toEqual([sets.default, own]);
  });
});
