import { percent } from '../../page/format.ts';
import { html, type Content, type Html } from '../../page/markup.ts';
import type { KindView, Scene } from './view.ts';

/** Labels of an image that are named one by one. */
const NAMED = 16;

const SIGNS = {
  right: { sign: '✓', word: 'right' },
  wrong: { sign: '✗', word: 'wrongly given' },
  missed: { sign: '○', word: 'missed' },
  plain: { sign: '', word: '' },
} as const;
type Verdict = keyof typeof SIGNS;

const chip = (verdict: Verdict, name: string, probability?: number): Html => {
  const { sign, word } = SIGNS[verdict];
  const title = word && html` title="${word}"`;
  const mark = sign && html`<i aria-hidden="true">${sign}</i> <span class="unseen">${word}: </span>`;
  const sure = probability !== undefined && html` <small>${percent(probability, 0)}</small>`;
  return html`<li class="chip ${verdict}" ${title || undefined}>
    ${mark || undefined}${name}${sure || undefined}
  </li>`;
};

const chips = (all: readonly Html[], none: string): Content => {
  if (all.length === 0) return html`<p class="said">${none}</p>`;
  const rest = all.length - NAMED;
  return html`<ul class="chips">
    ${all.slice(0, NAMED)}${rest > 0 ? html`<li>and ${rest} more</li>` : undefined}
  </ul>`;
};

/** Names of the labels that an image has; undefined where that is not known. */
const trueNames = ({ truth, names }: Scene): string[] | undefined =>
  truth && names.filter((_, c) => truth.values.data[c] === 1);

const verdictOf = (chosen: boolean, has: boolean | undefined): Verdict => {
  if (has === undefined) return 'plain';
  if (!chosen) return 'missed';
  return has ? 'right' : 'wrong';
};

export const labelsView: KindView<'labels'> = {
  truth: (scene) =>
    chips(
      (trueNames(scene) ?? []).map((name) => chip('plain', name)),
      'none of the labels',
    ),
  prediction({ labels, chosen }, scene) {
    const has = trueNames(scene);
    const names = [...new Set([...labels.map((label) => label.class), ...chosen, ...(has ?? [])])];
    const told = names.filter((name) => chosen.includes(name) || has?.includes(name));
    return chips(
      told.map((name) =>
        chip(
          verdictOf(chosen.includes(name), has?.includes(name)),
          name,
          labels.find((label) => label.class === name)?.probability,
        ),
      ),
      has ? 'no label, which is right' : 'no label',
    );
  },
  key: html`<span class="chips">
    ${(['right', 'wrong', 'missed'] as const).map(
      (verdict) =>
        html`<span class="chip ${verdict}"
          ><i aria-hidden="true">${SIGNS[verdict].sign}</i> ${SIGNS[verdict].word}</span
        > `,
    )}
  </span>`,
};
