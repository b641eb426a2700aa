import { html, type Html } from './markup.ts';

const near = (n: number): string => n.toFixed(1);

/** Outlines around (0, 0): methods are told apart by form as well as by colour. */
const FORMS: readonly ((r: number) => string)[] = [
  (r) =>
    `M${near(-r)} 0a${near(r)} ${near(r)} 0 1 0 ${near(2 * r)} 0a${near(r)} ${near(r)} 0 1 0 ${near(-2 * r)} 0z`,
  (r) => `M${near(-r * 0.9)} ${near(-r * 0.9)}h${near(r * 1.8)}v${near(r * 1.8)}h${near(-r * 1.8)}z`,
  (r) => `M0 ${near(-r * 1.2)}L${near(r * 1.15)} ${near(r * 0.85)}H${near(-r * 1.15)}z`,
  (r) => `M0 ${near(-r * 1.3)}L${near(r * 1.3)} 0L0 ${near(r * 1.3)}L${near(-r * 1.3)} 0z`,
  (r) => `M0 ${near(r * 1.2)}L${near(r * 1.15)} ${near(-r * 0.85)}H${near(-r * 1.15)}z`,
];

/** The outline of a method's mark around (0, 0). */
export const markPath = (method: number, r: number): string => FORMS[method % FORMS.length]!(r);

/** The mark of a method, centred on (x, y) of a drawing. */
export const marker = (method: number, x: number, y: number, r: number): Html =>
  html`<path class="mark" d="${markPath(method, r)}" transform="translate(${near(x)} ${near(y)})" />`;

/** The mark of a method within text. */
export const inlineMarker = (method: number): Html =>
  html`<svg class="key" viewBox="-7 -7 14 14" aria-hidden="true">${marker(method, 0, 0, 5)}</svg>`;
