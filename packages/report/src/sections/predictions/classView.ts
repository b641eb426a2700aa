import { percent } from '../../page/format.ts';
import { html, type Html } from '../../page/markup.ts';
import type { KindView, Scene } from './view.ts';

/** Classes of a prediction that are shown. */
const TOP = 3;

/** A probability as a bar. */
export const bar = (probability: number): Html => {
  const share = Number.isFinite(probability) ? Math.min(1, Math.max(0, probability)) : 0;
  return html`<svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
    <rect class="whole" width="100" height="4" />
    <rect class="part" width="${(100 * share).toFixed(1)}" height="4" />
  </svg>`;
};

const trueName = ({ truth, names }: Scene): string | undefined => {
  const label = truth?.values.data[0];
  return label === undefined ? undefined : (names[label] ?? `class ${label}`);
};

export const classView: KindView<'class'> = {
  truth: (scene) => html`<p class="said"><b>${trueName(scene)}</b></p>`,
  prediction({ classes }, scene) {
    const right = trueName(scene);
    const items = classes
      .slice(0, TOP)
      .map(
        ({ class: name, probability }) =>
          html`<li>
            <span>${name === right ? html`<b>✓ ${name}</b>` : name}</span
            ><span>${percent(probability, 0)}</span>${bar(probability)}
          </li>`,
      );
    return html`<ol class="ranked">
      ${items}
    </ol>`;
  },
  key: 'The likeliest classes of each; ✓ marks the true one.',
};
