import { html, type Content, type Html } from './markup.ts';

export interface ScrollTable {
  /** What the table is, for people who hear the page. */
  readonly label: string;
  /** Its class in the page's styles. */
  readonly kind: string;
  readonly caption?: string;
  /** Heads of the columns, behind an empty corner. */
  readonly columns: readonly Content[];
  readonly rows: readonly Html[];
}

/** A table that scrolls by itself where it is wider than the page. */
export const scrollTable = ({ label, kind, caption, columns, rows }: ScrollTable): Html =>
  html`<div class="scroll" tabindex="0" role="group" aria-label="${label}">
    <table class="${kind}">
      ${
        caption === undefined
          ? undefined
          : html`<caption>
              ${caption}
            </caption>`
      }
      <thead>
        <tr>
          <td></td>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
