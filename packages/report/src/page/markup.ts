/** Marks markup that any copy of this package wrote: a plugin may bring its own. Data from files cannot hold it. */
const MARKUP = Symbol.for('@understory/report/markup');

/** Text that is markup already; everything else is escaped when it is put into some. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
    Object.defineProperty(this, MARKUP, { value: true });
  }
  toString(): string {
    return this.text;
  }
}

export type Content = Html | string | number | undefined | readonly Content[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
// Control characters are no part of HTML; they are shown as the replacement character.

const UNSAFE = /[&<>"'\0-\x08\x0b\x0c\x0e-\x1f]/g;

const isMarkup = (content: object): content is Html => MARKUP in content;

const render = (content: Content): string => {
  if (content === undefined) return '';
  if (typeof content === 'object' && isMarkup(content)) return content.text;
  if (typeof content === 'object') return content.map(render).join('');
  return String(content).replace(UNSAFE, (c) => ESCAPES[c] ?? '\ufffd');
};

/** Markup whose every hole is escaped, in text as in quoted attributes, unless it holds markup itself. */
export const html = (parts: TemplateStringsArray, ...holes: readonly Content[]): Html =>
  new Html(parts.reduce((out, part, i) => out + render(holes[i - 1]) + part));

/** Data for a script block: no `<` is left that could end it. */
export const json = (value: unknown): Html =>
  new Html(
    JSON.stringify(value).replace(
      /[<>&\u2028\u2029]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
