import { confusionCounts, uint8 } from '@understory/core';
import { commonConfusions } from '../math/confusion.ts';
import { className, type Model, type Tested } from '../model.ts';
import { percent } from '../page/format.ts';
import { html, type Content, type Html } from '../page/markup.ts';
import { dataUri } from '../page/picture.ts';
import { scrollTable } from '../page/scrollTable.ts';
import { switcher, type Section } from '../page/section.ts';

/** More classes than this are drawn as a picture, without numbers. */
const WRITTEN = 30;
/** Shades of a cell, from none to all of its row. */
const SHADES = 10;
const LISTED = 8;

const cell = (counts: Int32Array, truth: number, named: number, names: readonly string[]): Html => {
  const count = counts[named]!;
  const of = counts.reduce((a, b) => a + b, 0);
  const share = of ? count / of : 0;
  const kind = truth === named ? 'hit' : 'miss';
  const said = truth === named ? 'were named right' : `were named ${names[named]!}`;
  const title = `${count} of ${of} ${names[truth]!} ${said} (${percent(share, 0)})`;
  return html`<td class="${kind} q${Math.ceil(share * SHADES)}" title="${title}">
    ${count === 0 ? '' : count}
  </td>`;
};

const written = (matrix: Int32Array, names: readonly string[]): Html => {
  const classes = names.length;
  const rows = names.map((name, truth) => {
    const counts = matrix.subarray(truth * classes, (truth + 1) * classes);
    return html`<tr>
      <th scope="row">${name}</th>
      ${names.map((_, named) => cell(counts, truth, named, names))}
    </tr>`;
  });
  return scrollTable({
    label: 'Confusion matrix',
    kind: 'confusion',
    caption: 'Rows: the true class. Columns: the class that was named.',
    columns: names.map((name) => html`<span>${name}</span>`),
    rows,
  });
};

/** Many classes as a picture, one pixel a cell, dark where a row's images went. */
const drawn = (matrix: Int32Array, classes: number): Html => {
  const pixels = new Uint8Array(classes * classes * 3);
  for (let truth = 0; truth < classes; truth++) {
    const row = matrix.subarray(truth * classes, (truth + 1) * classes);
    const of = Math.max(
      1,
      row.reduce((a, b) => a + b, 0),
    );
    row.forEach((n, named) =>
      pixels
        .fill(255 - Math.round(255 * Math.sqrt(n / of)), (truth * classes + named) * 3)
        .fill(255, (truth * classes + named + 1) * 3),
    );
  }
  const uri = dataUri(uint8(pixels, [classes, classes, 3]));
  return html`<figure class="matrix">
    <img
      class="pixels"
      src="${uri}"
      width="${classes}"
      height="${classes}"
      alt="Confusion matrix of ${classes} classes"
    />
    <figcaption>One row a true class, one column a class that was named; darker is more.</figcaption>
  </figure>`;
};

const pairs = (matrix: Int32Array, names: readonly string[], unanswered: number): Content => {
  const common = commonConfusions(matrix, names.length, LISTED);
  if (common.length === 0) {
    const said = unanswered > 0 ? 'Whatever it named was right.' : 'It made no mistake.';
    return html`<p class="note">${matrix.some((n) => n > 0) ? said : 'It named no class.'}</p>`;
  }
  const items = common.map(
    ({ truth, named, count, of }) =>
      html`<li>
        <span>${names[truth]} <i>taken for</i> ${names[named]}</span>
        <b>${count}<small> of ${of}</small></b>
      </li>`,
  );
  return html`<div>
    <h3>Most often confused</h3>
    <ol class="pairs">
      ${items}
    </ol>
  </div>`;
};

const panel = ({ outcomes }: Tested, names: readonly string[]): Html => {
  const matrix = confusionCounts(outcomes, names.length);
  const picture = names.length <= WRITTEN ? written(matrix, names) : drawn(matrix, names.length);
  return html`<div class="beside">${picture}${pairs(matrix, names, outcomes.unanswered)}</div>`;
};

export const confusions = ({ input, tested }: Model): Section | undefined => {
  if (tested.length === 0) return undefined;
  const names = input.dataset.classes.map((_, i) => className(input, i));
  return {
    id: 'confusions',
    short: 'Confusions',
    title: 'What is taken for what',
    lead: 'Test images by their true class and the class that was named. Green is right, orange is wrong; the stronger, the larger the share of its row.',
    body: switcher('confusions', tested, (s) => panel(s, names)),
  };
};
