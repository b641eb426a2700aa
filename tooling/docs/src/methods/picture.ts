import type { Beside, Look, Place } from './looks.ts';

const PLACES: readonly (readonly [place: Place, label: string])[] = [
  ['image', 'image'],
  ['stage1', 'stage 1'],
  ['stage2', 'stage 2'],
  ['stage3', 'stage 3'],
  ['stage4', 'stage 4'],
  ['pooled', 'pooled'],
  ['logits', 'logits'],
];

const BESIDE: Readonly<Record<Beside, string>> = {
  teacher: 'teacher',
  average: "average of the network's weights",
  view: 'the same network, another view',
  queue: 'average of the weights, and a queue of earlier images',
  bank: 'teacher, and banks of all training images',
};

const [WIDTH, BOX, TALL, GAP] = [760, 84, 34, 20];
const xOf = (index: number): number => 16 + index * (BOX + GAP);

// Colours of their own for dark pages: a picture in a page does not see the page's style.
const STYLE = `text{font:13px system-ui,sans-serif;text-anchor:middle;fill:#1f2328}.n{fill:#f2f4f7;stroke:#59636e}.o{fill:#eceff3;stroke:#8b949e}
.s{fill:#d7ecdd;stroke:#1a7f37;stroke-width:2}.h{fill:#fff4d6;stroke:#9a6700;stroke-dasharray:5 3}.l{stroke:#59636e;fill:none}.c{stroke:#9a6700;stroke-dasharray:5 3;fill:none;stroke-width:1.5}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.n{fill:#21262d;stroke:#8b949e}.o{fill:#1b2027;stroke:#6e7681}.s{fill:#12381f;stroke:#3fb950}.h{fill:#3a2d0b;stroke:#d29922}.l{stroke:#8b949e}.c{stroke:#d29922}}`;

const box = (kind: string, [x, y]: readonly [number, number], label: string): string =>
  `<rect class="${kind}" x="${x}" y="${y}" width="${BOX}" height="${TALL}" rx="6"/><text x="${x + BOX / 2}" y="${y + 22}">${label}</text>`;

const line = (kind: string, [x1, y1, x2, y2]: readonly number[]): string =>
  `<path class="${kind}" d="M${x1} ${y1}L${x2} ${y2}"/>`;

const chain = (y: number, kindOf: (place: Place) => string): string =>
  PLACES.map(([place, label], i) => {
    const next =
      i + 1 < PLACES.length ? line('l', [xOf(i) + BOX, y + TALL / 2, xOf(i + 1), y + TALL / 2]) : '';
    return next + box(kindOf(place), [xOf(i), y], label);
  }).join('');

/** Whether a module hangs at a place: what a method says of images or logits hangs nowhere. */
const hangsAt = ({ hangs, bare = [] }: Look, place: Place): boolean =>
  hangs !== undefined &&
  !bare.includes(place) &&
  (place === 'image' ? hangs === 'mixed' : place !== 'logits');

/** What a method looks at, and what hangs there, as a drawing. */
export const methodPicture = (look: Look): string => {
  const [top, middle] = [34, 34 + TALL + 30];
  const hung = PLACES.some(([place]) => look.at.includes(place) && hangsAt(look, place));
  const bottom = (hung ? middle + TALL : top + TALL) + 44;
  const parts = PLACES.flatMap(([place], i) => {
    if (!look.at.includes(place)) return [];
    const x = xOf(i) + BOX / 2;
    const own = hangsAt(look, place) ? [box('h', [xOf(i), middle], look.hangs ?? '')] : [];
    const down = look.beside === undefined ? (own.length > 0 ? middle : undefined) : bottom;
    const path = down === undefined ? [] : [line('c', [x, top + TALL, x, down])];
    return [...path, ...own];
  });
  const other =
    look.beside === undefined
      ? ''
      : `${chain(bottom, () => 'o')}<text x="${WIDTH / 2}" y="${bottom + TALL + 20}">${BESIDE[look.beside]}</text>`;
  const height = look.beside === undefined ? bottom - 24 : bottom + TALL + 34;
  const shown = chain(top, (place) => (look.at.includes(place) ? 's' : 'n'));
  const title = `<text x="${WIDTH / 2}" y="20">the network that is trained</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img"><title>${pictureText(look)}</title><style>${STYLE}</style>${title}${parts.filter((p) => p.startsWith('<path')).join('')}${shown}${parts.filter((p) => !p.startsWith('<path')).join('')}${other}</svg>\n`;
};

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** The same in words. */
export const pictureText = (look: Look): string => {
  const names = PLACES.filter(([place]) => look.at.includes(place)).map(([, label]) => label);
  const hung = PLACES.filter(([place]) => look.at.includes(place) && hangsAt(look, place)).map(
    ([, label]) => label,
  );
  const modules =
    hung.length > 0 && look.hangs !== 'mixed'
      ? `; ${look.hangs} at ${listed(hung)}, dropped after training`
      : '';
  const beside = look.beside === undefined ? '' : `; compared with: ${BESIDE[look.beside]}`;
  return `Looks at ${listed(names)}${modules}${beside}`;
};
