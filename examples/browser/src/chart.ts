const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [280, 120];

/** A line that grows: each curve has a figure of its own, whose caption says the newest number. */
export class Curves {
  readonly #place: HTMLElement;
  readonly #points = new Map<string, number[]>();
  readonly #figures = new Map<string, { readonly line: Element; readonly caption: Element }>();

  constructor(place: HTMLElement) {
    this.#place = place;
    place.replaceChildren();
  }

  #figure(name: string): { readonly line: Element; readonly caption: Element } {
    const figure = document.createElement('figure');
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute('aria-hidden', 'true'); // the caption says what there is to read
    const line = document.createElementNS(SVG, 'polyline');
    for (const [key, value] of Object.entries({ fill: 'none', stroke: 'currentColor', 'stroke-width': '2' }))
      line.setAttribute(key, value);
    const caption = document.createElement('figcaption');
    svg.append(line);
    figure.append(svg, caption);
    this.#place.append(figure);
    const made = { line, caption };
    this.#figures.set(name, made);
    return made;
  }

  add(name: string, value: number): void {
    const points = [...(this.#points.get(name) ?? []), value];
    this.#points.set(name, points);
    const { line, caption } = this.#figures.get(name) ?? this.#figure(name);
    const [least, most] = [Math.min(...points), Math.max(...points)];
    const x = (i: number) => (i / Math.max(1, points.length - 1)) * WIDTH;
    const y = (v: number) => HEIGHT - 8 - ((v - least) / (most - least || 1)) * (HEIGHT - 16);
    line.setAttribute('points', points.map((v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`).join(' '));
    caption.textContent = `${name}: ${value.toFixed(3)}, from ${(points[0] ?? value).toFixed(3)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
  }
}
