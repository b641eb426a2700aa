import { html, type Html } from '../page/markup.ts';
import { extent, linear, type Scale } from '../page/scale.ts';

const SIDE = 240;
const MARGIN = 9;

/**
 * Points [n · 2] as dots, one path a group: lines of no length with round ends, which are small to write and quick to
 * draw. The last group is that without a colour; it lies below the others.
 */
export const scatter = (
  points: Float64Array,
  groups: readonly (readonly number[])[],
  description: string,
): Html => {
  const xs = points.filter((_, i) => i % 2 === 0);
  const ys = points.filter((_, i) => i % 2 === 1);
  const across = extent(xs);
  const down = extent(ys);
  // One scale for both axes, so that distances stay what they are.
  const half = Math.max(across[1] - across[0], down[1] - down[0]) / 2;
  const place = ([low, high]: readonly [number, number]): Scale =>
    linear([(low + high) / 2 - half, (low + high) / 2 + half], [MARGIN, SIDE - MARGIN]);
  const [x, y] = [place(across), place(down)];
  const rest = groups.length - 1;
  const paths = [rest, ...groups.keys()].slice(0, groups.length).map((g) => {
    const dots = groups[g]!.map((i) => `M${x(xs[i]!).toFixed(1)} ${y(ys[i]!).toFixed(1)}h0`).join('');
    return html`<path class="${g === rest ? 'rest' : `k${g}`}" data-group="${g}" d="${dots}" />`;
  });
  return html`<svg
    class="scatter"
    viewBox="0 0 ${SIDE} ${SIDE}"
    role="img"
    tabindex="0"
    aria-label="${description}"
  >
    ${paths}
    <circle class="ring" r="5" visibility="hidden" />
  </svg>`;
};
