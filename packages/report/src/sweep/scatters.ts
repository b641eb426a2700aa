import { html, json, type Content, type Html } from '../page/markup.ts';
import { axisOf, measureAxis, measureText, shadesOf, type Axis } from './axes.ts';
import type { SweepAxis, SweepInput, SweepTrial } from './input.ts';

const [WIDTH, HEIGHT] = [330, 236];
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 318, 10, 202];

const near = (n: number): string => n.toFixed(1);
const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

const grid = (x: Axis, y: Axis): Html => {
  const room = Math.max(4, Math.floor((RIGHT - LEFT) / Math.max(1, x.ticks.length) / 7));
  return html`<g class="axis">
    ${y.ticks.map(
      ([at, text]) =>
        html`<path class="grid" d="M${LEFT} ${near(y.place(at))}H${RIGHT}" /><text
            x="${LEFT - 7}"
            y="${near(y.place(at) + 4)}"
            text-anchor="end"
            >${text}</text
          >`,
    )}
    ${x.ticks.map(
      ([at, text]) =>
        html`<text x="${near(x.place(at))}" y="${BOTTOM + 20}" text-anchor="middle"
          >${cut(text, room)}<title>${text}</title></text
        >`,
    )}
  </g>`;
};

/** A trial's mark, with its deviation over the seeds. */
const mark = (trial: SweepTrial, [x, y]: readonly [number, number], span: number, shade: string): Html =>
  html`<g class="trial ${shade}" data-trial="${trial.number}"
    >${span > 0 ? html`<path d="M${near(x)} ${near(y - span)}v${near(2 * span)}" />` : undefined}<circle
      cx="${near(x)}"
      cy="${near(y)}"
      r="4.6"
  /></g>`;

/** Of a listed value the mean of its trials that ended, as a line across its room. */
const means = (
  { values }: SweepAxis,
  index: number,
  { trials }: SweepInput,
  [x, y]: readonly [Axis, Axis],
): Content =>
  values?.map((_, at) => {
    const own = trials.filter((t) => t.state === 'ended' && t.values[index]?.at === at);
    const reached = own.flatMap(({ value }) => value ?? []);
    if (reached.length === 0) return undefined;
    const height = near(y.place(reached.reduce((a, b) => a + b, 0) / reached.length));
    return html`<path class="mean" d="M${near(x.place(at - 0.3))} ${height}H${near(x.place(at + 0.3))}" />`;
  });

const scatter = (key: SweepAxis, index: number, input: SweepInput): Html => {
  const { trials, measure } = input;
  const axes = [axisOf(key, [LEFT + 12, RIGHT - 12]), measureAxis(input, [BOTTOM, TOP])] as const;
  const [x, y] = axes;
  const shades = shadesOf(trials);
  const places = trials.map(({ values, value }) => {
    const at = values[index]?.at;
    return value === undefined || at === undefined ? undefined : ([x.place(at), y.place(value)] as const);
  });
  const marks = trials.map((trial, i) => {
    const [place, { value = 0, deviation = 0 }] = [places[i], trial];
    return (
      place && mark(trial, place, Math.abs(y.place(value + deviation) - y.place(value)), shades[i] ?? '')
    );
  });
  return html`<figure class="trials">
    <figcaption><b>${key.key}</b></figcaption>
    <svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      role="img"
      tabindex="0"
      aria-label="${measure.name} of each trial over ${key.key}: ${trials
        .flatMap(({ value, values }) =>
          value === undefined ? [] : `${values[index]?.text ?? ''} ${measureText(value, measure)}`,
        )
        .slice(0, 20)
        .join(', ')}"
    >
      ${grid(x, y)} ${means(key, index, input, axes)} ${marks.reverse()}
    </svg>
    <script type="application/json">
      ${json(places.map((place) => (place ? [place.map(Math.round)] : [])))}
    </script>
  </figure>`;
};

/** The measure over each key by itself. */
export const scatters = (input: SweepInput): Html =>
  html`<div class="grid three">${input.axes.map((key, i) => scatter(key, i, input))}</div>`;
