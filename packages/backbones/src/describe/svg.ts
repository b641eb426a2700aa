/** Text that cannot be taken for markup. */
export const escape = (raw: string): string =>
  raw.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);

const attributes = (given: Readonly<Record<string, string | number>>): string =>
  Object.entries(given)
    .map(
      ([name, value]) => ` ${name}="${typeof value === 'number' ? Number(value.toFixed(1)) : escape(value)}"`,
    )
    .join('');

/** An element; children are markup. */
export const element = (
  name: string,
  given: Readonly<Record<string, string | number>>,
  ...children: readonly string[]
): string => `<${name}${attributes(given)}${children.length ? `>${children.join('')}</${name}>` : '/>'}`;

/** A line of text around (x, y). */
export const label = (x: number, y: number, text: string, kind = 'label'): string =>
  element('text', { x, y, class: kind }, escape(text));
