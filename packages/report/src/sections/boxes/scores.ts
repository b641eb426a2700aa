import type { BoxResults, BoxScore } from '../../input.ts';
import type { Shown } from '../../model.ts';
import { percent, whole } from '../../page/format.ts';
import { html, type Content, type Html } from '../../page/markup.ts';
import { methodName } from '../../page/section.ts';
import { table } from '../../page/table.ts';
import { valueOf } from '../../valueOf.ts';

/** A method whose boxes were measured. */
export type Detector = Shown & { readonly boxes: BoxResults };

/** With more rows a table is folded. */
const FOLDED = 24;

interface Kind {
  readonly title: string;
  /** Heads the rows: `classes`. */
  readonly of: string;
  readonly rows: (boxes: BoxResults) => readonly BoxScore[];
}

const cell = (score: BoxScore | undefined, name: string): Content => {
  const value = score && valueOf(score.scores, name);
  return value === undefined || !Number.isFinite(value) || value < 0 ? '–' : percent(value);
};

const columnHead = (detector: Detector, name: string, many: boolean): Content =>
  many ? html`${methodName(detector)}<small>${name}</small>` : name;

/** A row for each class or size that any method has; a column for each score of each method. */
const scoreTable = (detectors: readonly Detector[], { title, of, rows }: Kind): Content => {
  const all = new Map(detectors.flatMap((d) => rows(d.boxes).map((score) => [score.name, score] as const)));
  if (all.size === 0) return undefined;
  const scores = [
    ...new Set(detectors.flatMap((d) => rows(d.boxes).flatMap((score) => Object.keys(score.scores)))),
  ];
  const columns = detectors.flatMap((detector) => scores.map((name) => ({ detector, name })));
  const made = table({
    label: title,
    columns: ['true boxes', ...columns.map((c) => columnHead(c.detector, c.name, detectors.length > 1))],
    rows: [...all.values()].map(({ name, about, boxes }) => ({
      head: about === undefined ? name : html`${name}<small>${about}</small>`,
      cells: [
        whole(boxes),
        ...columns.map((c) =>
          cell(
            rows(c.detector.boxes).find((score) => score.name === name),
            c.name,
          ),
        ),
      ],
    })),
  });
  const heading = html`<h3>${title}</h3>`;
  return all.size <= FOLDED
    ? [heading, made]
    : [
        heading,
        html`<details>
          <summary>${all.size} ${of}</summary>
          ${made}
        </details>`,
      ];
};

/** Average precision of every class and of every size, for each method. */
export const scoreTables = (detectors: readonly Detector[]): Html =>
  html`${scoreTable(detectors, { title: 'By class', of: 'classes', rows: (boxes) => boxes.byClass })}
  ${scoreTable(detectors, { title: 'By size', of: 'sizes', rows: (boxes) => boxes.bySize })}`;
