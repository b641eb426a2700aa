import { html, type Content, type Html } from './markup.ts';

/** Rows of numbers under column heads, each row with a head of its own. */
export interface Table {
  /** Says what it is, for those who cannot see it. */
  readonly label: string;
  readonly columns: readonly Content[];
  readonly rows: readonly { readonly head: Content; readonly cells: readonly Content[] }[];
}

/** A table that scrolls by itself where it is wider than the page. */
export const table = ({ label, columns, rows }: Table): Html =>
  html`<div class="scroll" tabindex="0" role="group" aria-label="${label}">
    <table class="figures">
      <thead>
        <tr>
          <td></td>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ head, cells }) =>
            html`<tr>
              <th scope="row">${head}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
