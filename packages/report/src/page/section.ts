import { html, type Content, type Html } from './markup.ts';
import { inlineMarker } from './marker.ts';
import { methodClass } from './palette.ts';
import type { Shown } from '../model.ts';

/** A method with its place in the input: its colour and mark. */
export type MarkedMethod = Pick<Shown, 'method' | 'index'>;

/** A part of the page. */
export interface Section {
  /** Its anchor: letters, digits and dashes, no other section's. */
  readonly id: string;
  /** In the list at the top. */
  readonly short: string;
  readonly title: string;
  /** How to read it. */
  readonly lead?: Content;
  readonly body: Content;
}

/** A part under its title, which folds it: where the page's script runs, narrow screens begin with most parts folded. */
export const renderSection = ({ id, title, lead, body }: Section): Html =>
  html`<section id="${id}" aria-labelledby="${id}-title">
    <details class="part" open>
      <summary><h2 id="${id}-title">${title}</h2></summary>
      ${lead === undefined ? undefined : html`<p class="lead">${lead}</p>`} ${body}
    </details>
  </section>`;

/** A method's name with its mark. */
export const methodName = ({ method, index }: MarkedMethod): Html =>
  html`<span class="method ${methodClass(index)}">${inlineMarker(index)}<span>${method.label}</span></span>`;

export const legend = (shown: readonly MarkedMethod[]): Content =>
  shown.length < 2 ? undefined : html`<p class="legend">${shown.map((s) => html`${methodName(s)} `)}</p>`;

/** One panel a method, of which the page shows one at a time, the most accurate first; all of them where no script runs. */
export const switcher = <T extends Shown>(
  id: string,
  shown: readonly T[],
  panel: (shown: T) => Content,
): Content => {
  if (shown.length === 1) return panel(shown[0]!);
  const tabs = shown.map(
    (s) =>
      html`<button
        type="button"
        role="tab"
        id="${id}-tab-${s.index}"
        aria-controls="${id}-${s.index}"
        aria-selected="false"
      >
        ${methodName(s)}
      </button>`,
  );
  const score = (s: T): number => s.accuracy ?? 0;
  const first = shown.reduce((best, s, i) => (score(s) > score(shown[best]!) ? i : best), 0);
  const panels = shown.map(
    (s) =>
      html`<div role="tabpanel" id="${id}-${s.index}" aria-labelledby="${id}-tab-${s.index}">
        <h3 class="alone">${methodName(s)}</h3>
        ${panel(s)}
      </div>`,
  );
  return html`<div class="switch">
    <div class="tabs" role="tablist" aria-label="Method" data-first="${first}" hidden>${tabs}</div>
    ${panels}
  </div>`;
};
