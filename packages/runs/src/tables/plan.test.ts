import type { Row, Table } from '@understory/recipes/experiments';
import { expect, it } from 'vitest';
import { chosenRows } from './plan.ts';

const row = (key: string, after?: string): Row => ({
  label: key,
  key,
  paper: '–',
  config: { dataset: 'emoji' },
  ...(after !== undefined && { after }),
});
const table: Table = {
  name: 'made-up',
  title: 'made up',
  paperColumn: 'paper',
  reference: 'none',
  seeds: 1,
  rows: [
    row('teacher'),
    row('branches', 'teacher'),
    row('none'),
    row('hsakd', 'branches'),
    row('kd', 'teacher'),
  ],
};
const chosen = (...only: string[]): string[] => chosenRows(table, only).map(({ key }) => key);

it('a row brings what it builds on, and what that builds on, in the order of the table', () => {
  expect(chosen('hsakd')).toEqual(['teacher', 'branches', 'hsakd']);
  expect(chosen('kd', 'none')).toEqual(['teacher', 'none', 'kd']);
  expect(chosen('none')).toEqual(['none']);
  expect(() => chosen('nothing')).toThrow(/nothing/);
});
