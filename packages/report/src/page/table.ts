import { html, type Content, type Html } from './markup.ts';
import { scrollTable } from './scrollTable.ts';

/** Rows of numbers under column heads, each row with a head of its own. */
export interface Table {
  /** What it is, for people who hear the page. */
  readonly label: string;
  readonly columns: readonly Content[];
  readonly rows: readonly { readonly head: Content; readonly cells: readonly Content[] }[];
}

/** Numbers as a table of the page. */
export const table = ({ label, columns, rows }: Table): Html =>
  scrollTable({
    ...{ label, columns },
    kind: 'figures',
    rows: rows.map(
      ({ head, cells }) =>
        html`<tr>
          <th scope="row">${head}</th>
          ${cells.map((cell) => html`<td>${cell}</td>`)}
        </tr>`,
    ),
  });
