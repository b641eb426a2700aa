import { describe, expect, it } from 'vitest';
import { axisOf } from './axes.ts';
import { buildSweepPage } from './buildSweepPage.ts';
import type { SweepInput } from './input.ts';
import { sampleSweep } from './sweep.test.data.ts';

const evil = `"><img src=x onerror="window.pwned=1"></script>`;

/** Markup alone, without rules and programs. */
const drawnIn = (page: string): string => page.slice(page.indexOf('<body>'), page.lastIndexOf('<script>'));
const pageOf = (trials: SweepInput['trials']): string =>
  drawnIn(buildSweepPage({ ...sampleSweep(), trials }));

describe('the page of a sweep', () => {
  const page = buildSweepPage(sampleSweep());

  it('is the same for the same input, and names the best trial and its values', () => {
    expect(buildSweepPage(sampleSweep())).toBe(page);
    expect(page).toContain(
      'Accuracy 58.2\u202f% on validation images with objectives.1.weight 0.6, schedule.rate 0.0308',
    );
  });

  it('draws a line and a mark for each key of every trial; a failed one has no mark', () => {
    const { trials, axes } = sampleSweep();
    for (const { number, value } of trials) {
      const drawn = page.split(`data-trial="${number}"`).length - 1;
      expect([number, drawn]).toEqual([number, value === undefined ? 1 : 1 + axes.length]);
    }
    expect(drawnIn(page)).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('escapes whatever keys, values and reasons are called', () => {
    const input = sampleSweep();
    const hostile: SweepInput = {
      ...input,
      ...{ title: evil, dataset: evil, summary: evil, notes: [evil] },
      measure: { name: evil, goal: 'min', unit: evil },
      axes: input.axes.map((axis) => ({
        ...axis,
        key: `${axis.key}${evil}`,
        ...(axis.values && { values: axis.values.map((v) => v + evil) }),
      })),
      trials: input.trials.map((trial) => ({
        ...trial,
        ...{ note: evil, toBest: evil },
        values: trial.values.map((v) => ({ ...v, text: evil })),
      })),
      commands: [{ does: evil, command: evil }],
    };
    expect(buildSweepPage(hostile)).not.toContain('<img');
    expect(buildSweepPage(hostile).split('</script>')).toHaveLength(page.split('</script>').length);
  });

  it('is there before any trial is, and of one alone', () => {
    const { trials } = sampleSweep();
    expect(pageOf([])).toContain('No trial is at its end yet');
    for (const one of trials) expect(pageOf([one])).not.toMatch(/NaN|undefined|Infinity/);
  });
});

it('a logarithmic axis has round ticks within its range, evenly by their logarithm', () => {
  const { place, ticks } = axisOf({ key: 'rate', range: { from: 0.01, to: 1, log: true } }, [0, 200]);
  expect(ticks.map(([at]) => at)).toEqual([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]);
  expect(place(0.1)).toBeCloseTo(100);
});
