import { plugin, REPORT_SECTION, UnderstoryError } from '@understory/core';
import { expect, it } from 'vitest';
import { buildReport } from './buildReport.ts';
import { html, percent, SECTION, table, type ReportSection, type Section } from './index.ts';
import type { ReportInput } from './input.ts';

const input: ReportInput = {
  title: 'A title',
  date: '2026-11-28',
  dataset: { name: 'pets', classes: ['<cat>', 'dog'] },
  methods: [{ label: 'plain & simple', epochs: [{ epoch: 0, step: 1, metrics: { f1: 0.5 } }] }],
};
const section = (name: string, build: () => Section | undefined): ReportSection => ({ name, build });
const made = (id: string): Section => ({ id, short: id, title: `The ${id}`, body: html`<p>${id}</p>` });
/** The module anew, as a plugin's own copy of the package would bring it. */
const copyOf = async (file: string): Promise<{ readonly html: typeof html }> =>
  (await import(`${file}?copy`)) as { readonly html: typeof html };
const ids = (page: string): string[] => [...page.matchAll(/<section\s+id="([\w-]+)"/g)].map((m) => m[1]!);

it('is a plugin of the kind that a config names under "sections"', () => {
  const classes = plugin({
    token: SECTION,
    name: 'classes',
    summary: 'The classes',
    options: { parse: () => ({}) },
    create: () => section('classes', () => made('classes')),
  });
  expect(classes.token.key).toBe(REPORT_SECTION.key);
});

it('comes after the built-in ones, in the order given, and is told of the runs; nothing is left out', () => {
  const last: ReportSection = {
    name: 'last',
    build: ({ dataset, methods }) => ({
      ...made('last'),
      body: table({
        label: 'F1 by method',
        columns: dataset.classes,
        rows: methods.map(({ label, epochs }) => ({
          head: label,
          cells: [percent(epochs![0]!.metrics['f1']!), 7],
        })),
      }),
    }),
  };
  const page = buildReport(input, [
    section('b', () => made('b')),
    section('none', () => undefined),
    section('a-2', () => made('a-2')),
    last,
  ]);
  expect(ids(page)).toEqual(['result', 'curves', 'b', 'a-2', 'last']);
  expect(page).toContain('<a href="#a-2">a-2</a>');
  expect(page).toContain('&lt;cat&gt;');
  expect(page).toContain('plain &amp; simple</th>');
  expect(page).toContain('<td>50.0\u202f%</td>');
});

it('escapes all that is not written by `html`, whatever it is taken for', () => {
  const evil = '<img src=x onerror="pwned()">';
  const page = buildReport(input, [
    section(evil, () => ({
      id: 'evil',
      short: evil,
      title: evil,
      lead: evil,
      body: [evil, html`<b>${evil}</b>`],
    })),
    section(evil, () => ({
      ...made('fake'),
      body: JSON.parse(`{"text":${JSON.stringify(evil)}}`) as string,
    })),
  ]);
  expect(page).not.toContain('<img src=x');
});

it('is said to have failed at its place, and costs no other part of the page', () => {
  const page = buildReport(input, [
    section('throws', () => {
      throw new UnderstoryError('x', 'it wants <boxes>');
    }),
    section('taken', () => made('result')),
    section('spaced', () => made('two words')),
    section('bodiless', () => ({ ...made('bodiless'), body: undefined })),
    section('textual', () => 'text' as unknown as Section),
    section('well', () => made('well')),
  ]);
  expect(ids(page)).toEqual([
    'result',
    'curves',
    'section-1',
    'section-2',
    'section-3',
    'section-4',
    'section-5',
    'well',
  ]);
  expect(page).toContain('The section <b>throws</b> could not be made: it wants &lt;boxes&gt;.');
  expect(page).toContain('its &quot;id&quot; is &quot;result&quot;, as another section&#39;s');
});

it('may be written with another copy of the package', async () => {
  const other = await copyOf('./page/markup.ts');
  expect(other.html).not.toBe(html);
  const page = buildReport(input, [
    section('copy', () => ({ ...made('copy'), body: other.html`<b>${'a < b'}</b>` })),
  ]);
  expect(page).toContain('<b>a &lt; b</b>');
});
