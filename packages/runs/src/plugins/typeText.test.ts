import { expect, it } from 'vitest';
import { typeText } from './typeText.ts';

const run = { type: 'object', properties: { run: {}, at: {} }, required: ['run'] };
const ema = { type: 'object', properties: { ema: {} }, required: ['ema'] };

it.each([
  [{ type: 'number' }, 'number'],
  [{ type: 'number', minimum: 0, maximum: 1 }, 'number 0 … 1'],
  [{ type: 'number', exclusiveMinimum: 0, maximum: 2 }, 'number > 0 and ≤ 2'],
  [{ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }, 'integer ≥ 1'],
  [{ type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }, 'integer'],
  [{ type: 'array', items: [{ type: 'number' }, { type: 'boolean' }] }, '[number, boolean]'],
  [{ anyOf: [{ const: 'all' }, { type: 'array', items: { type: 'string' } }] }, '"all" | list of string'],
  [
    { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'number' }] } },
    'list of (string | number)',
  ],
  [{ type: 'array', items: { type: 'number' }, minItems: 3, maxItems: 3 }, 'list of 3 number'],
  [{ type: 'object', additionalProperties: { type: 'integer', minimum: 0 } }, '{ name: integer ≥ 0 }'],
  [{ anyOf: [run, ema, ema] }, '{ run, at? } | { ema }'],
  [{ enum: ['a', 'b'] }, '"a" | "b"'],
])('says what %j takes', (schema, text) => expect(typeText(schema)).toBe(text));
