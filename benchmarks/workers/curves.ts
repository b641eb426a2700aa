/** A line of the picture: shares (0 to 1) by number of workers. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [workers: number, share: number])[];
  readonly dashed?: boolean;
}

const [WIDTH, HEIGHT, LEFT, TOP] = [760, 360, 56, 34];
const [PLOT_W, PLOT_H] = [430, 270];
const COLORS = ['#0b6e4f', '#c8553d', '#3d5a80'];

const xOf = (workers: number): number => LEFT + (PLOT_W * Math.log2(workers)) / 10;
const yOf = (share: number): number => TOP + PLOT_H * (1 - share);
const text = (x: number, y: number, said: string, more = ''): string =>
  `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" ${more}>${said}</text>`;

/** Shares of a step that are a worker's own computing, by number of workers up to 1,024, as an SVG. */
export const curvesPicture = (title: string, curves: readonly Curve[]): string => {
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<path d="M${LEFT} ${yOf(share)}h${PLOT_W}" stroke="#ddd"/>${text(LEFT - 8, yOf(share) + 4, `${100 * share} %`, 'text-anchor="end"')}`,
  );
  const ticks = [1, 4, 16, 64, 256, 1024].map((n) =>
    text(xOf(n), TOP + PLOT_H + 20, String(n), 'text-anchor="middle"'),
  );
  const lines = curves.map(({ points, dashed }, i) => {
    const d = points
      .map(([n, share], k) => `${k === 0 ? 'M' : 'L'}${xOf(n).toFixed(1)} ${yOf(share).toFixed(1)}`)
      .join('');
    return `<path d="${d}" fill="none" stroke="${COLORS[i >> 1]}" stroke-width="2"${dashed ? ' stroke-dasharray="5 4"' : ''}/>`;
  });
  const names = curves.map(({ name, dashed }, i) => {
    const y = TOP + 16 + 24 * i;
    const x = LEFT + PLOT_W + 24;
    return `<path d="M${x} ${y - 4}h24" stroke="${COLORS[i >> 1]}" stroke-width="2"${dashed ? ' stroke-dasharray="5 4"' : ''}/>${text(x + 32, y, name)}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#222">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${text(LEFT, 18, title, 'font-weight="600"')}
${[...grid, ...ticks, ...lines, ...names].join('\n')}
${text(LEFT + PLOT_W / 2, TOP + PLOT_H + 42, 'workers, 32 images each', 'text-anchor="middle"')}
</svg>
`;
};
