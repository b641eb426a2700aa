import { expect, it } from 'vitest';
import { fittingTable, textTable } from './text.ts';

it.each([textTable, fittingTable])('a table lets no cell steer the terminal, but paints', (table) => {
  const painted = '\u001B[31mred\u001B[39m';
  const text = table(['name', 'colour'], [['x\u001B]0;title\u0007\nforged  row', painted]], 200);
  expect(text).toContain('x?]0;title??forged  row');
  expect(text).toContain(painted);
  expect(text.split('\n')).toHaveLength(3);
});
