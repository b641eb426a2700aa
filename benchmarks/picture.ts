/** One bar of the picture. */
export interface Bar {
  readonly name: string;
  /** Milliseconds of a step. */
  readonly wall: number;
}

const [WIDTH, ROW, LABEL, TOP] = [820, 34, 265, 56];
const OURS = /^Understory/;
const escaped = (text: string): string => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

/** Step times as horizontal bars: an SVG that reads on light and dark pages. The others are compared with the first bar. */
export const picture = (title: string, bars: readonly Bar[]): string => {
  const longest = Math.max(...bars.map(({ wall }) => wall));
  const height = TOP + bars.length * ROW + 12;
  const rows = bars.map(({ name, wall }, i) => {
    const y = TOP + i * ROW;
    const width = Math.max(2, (wall / longest) * (WIDTH - LABEL - 150));
    const ratio = i === 0 ? '' : ` (${(wall / bars[0]!.wall).toFixed(1)}×)`;
    return [
      `<text x="${LABEL - 12}" y="${y + 19}" text-anchor="end">${escaped(name)}</text>`,
      `<rect x="${LABEL}" y="${y + 3}" width="${width.toFixed(1)}" height="22" rx="3" fill="${OURS.test(name) ? '#2f855a' : '#a0aec0'}"/>`,
      `<text x="${(LABEL + width + 8).toFixed(1)}" y="${y + 19}">${wall.toFixed(0)} ms${ratio}</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="14">
<rect width="${WIDTH}" height="${height}" rx="6" fill="#ffffff"/>
<g fill="#1a202c">
<text x="20" y="30" font-size="16" font-weight="600">Median time of a training step: ${escaped(title)}</text>
${rows.join('\n')}
</g>
</svg>
`;
};
