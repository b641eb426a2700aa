import { html, json, type Html } from '../page/markup.ts';
import { axisOf, measureAxis, shadesOf, type Axis } from './axes.ts';
import type { SweepInput, SweepTrial } from './input.ts';

const STEP = 150;
const [LEFT, RIGHT, TOP, BOTTOM] = [84, 70, 54, 366];
const HEIGHT = BOTTOM + 14;
/** Most axes whose drawing has a least width of its own in the page's styles. */
export const MOST_AXES = 12;

const near = (n: number): string => n.toFixed(1);
const MOST = 20;
const ending = (key: string): string => (key.length > MOST ? `…${key.slice(1 - MOST)}` : key);
const beginning = (text: string): string => (text.length > 12 ? `${text.slice(0, 11)}…` : text);

/** An upright axis with its name, and the names of its values. */
const upright = (axis: Axis, name: string, index: number): Html => {
  const x = LEFT + index * STEP;
  // Names stand on two heights by turns: neighbours may be long.
  const height = index % 2 === 0 ? 16 : 34;
  return html`<g class="axis">
    <path d="M${x} ${TOP - 8}V${BOTTOM + 8}" />
    <text class="label" x="${x}" y="${height}" text-anchor="middle"
      >${ending(name)}<title>${name}</title></text
    >
    ${axis.ticks.map(
      ([at, text]) =>
        html`<path d="M${x - 4} ${near(axis.place(at))}h8" /><text
            x="${x - 9}"
            y="${near(axis.place(at) + 4)}"
            text-anchor="end"
            >${beginning(text)}<title>${text}</title></text
          >`,
    )}
  </g>`;
};

type Place = readonly [x: number, y: number];

const lineOf = ({ values, value }: SweepTrial, axes: readonly Axis[]): Place[] => {
  const ats = [...values.map(({ at }) => at), ...(value === undefined ? [] : [value])];
  return ats.flatMap((at, i): Place[] => {
    const axis = axes[i];
    return axis ? [[LEFT + i * STEP, axis.place(at)]] : [];
  });
};

/** Trials as lines from key to key, the measure last. */
export const parallelCoordinates = (input: SweepInput): Html => {
  const { axes: keys, trials, measure } = input;
  const ends = [BOTTOM, TOP] as const;
  const axes = [...keys.map((key) => axisOf(key, ends)), measureAxis(input, ends)];
  const names = [...keys.map(({ key }) => key), measure.name];
  const lines = trials.map((trial) => lineOf(trial, axes));
  const shades = shadesOf(trials);
  const paths = trials.map(
    ({ number }, i) =>
      html`<path
        class="trial ${shades[i]}"
        data-trial="${number}"
        d="${lines[i]?.map(([x, y], k) => `${k === 0 ? 'M' : 'L'}${near(x)} ${near(y)}`).join('')}"
      />`,
  );
  const width = LEFT + keys.length * STEP + RIGHT;
  const size = `w${Math.min(MOST_AXES, axes.length)}`;
  return html`<figure class="trials">
    <div class="scroll" role="group" aria-label="Parallel coordinates" tabindex="0">
      <svg
        class="${size}"
        viewBox="0 0 ${width} ${HEIGHT}"
        role="img"
        tabindex="0"
        aria-label="${trials.length} trials as lines over ${names.join(', ')}; the table below has their numbers"
      >
        ${paths.reverse()} ${axes.map((axis, i) => upright(axis, names[i] ?? '', i))}
      </svg>
    </div>
    <script type="application/json">
      ${json(lines.map((line) => line.map((place) => place.map(Math.round))))}
    </script>
  </figure>`;
};
