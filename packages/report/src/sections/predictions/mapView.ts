import { uint8, type TargetSpec } from '@understory/core';
import type { Picture } from '../../input.ts';
import { listed, percent } from '../../page/format.ts';
import { html, type Content, type Html } from '../../page/markup.ts';
import { image } from '../../page/picture.ts';
import { colourOf, hexOf, NONE, REST, type MapColours } from './mapColours.ts';
import type { KindView, Scene } from './view.ts';

/** Longest side of a map in the page, in pixels. */
const LONGEST = 128;
/** Classes that are named under a map. */
const NAMED = 3;

/** A class for each pixel, row-major; under 0 for none. */
export interface ClassMap {
  readonly size: readonly [number, number];
  readonly values: ArrayLike<number>;
}

/** A target's map, with −1 where it holds no class. */
export const mapOfTarget = (
  { shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  spec: TargetSpec,
): ClassMap => ({
  size: [shape[0]!, shape[1]!],
  values: Int32Array.from(data, (c) => (c === (spec.outside ?? -1) ? -1 : c)),
});

/** A map in its colours, every n-th pixel of a large one. */
const drawn = ({ size: [h, w], values }: ClassMap, colours: MapColours): Picture => {
  const scale = Math.min(1, LONGEST / Math.max(h, w));
  const [height, width] = [Math.max(1, Math.round(h * scale)), Math.max(1, Math.round(w * scale))];
  const out = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = Math.floor(((y + 0.5) * h) / height) * w + Math.floor(((x + 0.5) * w) / width);
      out.set(colourOf(colours, values[from]!), (y * width + x) * 3);
    }
  return uint8(out, [height, width, 3]);
};

const nameOf = (names: readonly string[], c: number): string =>
  names[c] ?? (c < 0 ? 'no class' : `class ${c}`);

/** How much the largest classes take, in words. */
const sharesOf = ({ values }: ClassMap, names: readonly string[]): string => {
  const counts = new Map<number, number>();
  for (let i = 0; i < values.length; i++) counts.set(values[i]!, (counts.get(values[i]!) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < 0 ? 1 : a[0] - b[0]));
  const told = most.slice(0, NAMED).map(([c, n]) => `${nameOf(names, c)} ${percent(n / values.length, 0)}`);
  const rest = most.length - NAMED;
  return listed(rest > 0 ? [...told, `${rest} more`] : told);
};

/** Share of the pixels of a class that a prediction names right; undefined where the two do not lie over each other. */
const agreement = (said: ClassMap, truth: ClassMap): number | undefined => {
  if (said.size.join() !== truth.size.join()) return undefined;
  let [right, all] = [0, 0];
  for (let i = 0; i < truth.values.length; i++) {
    if (truth.values[i]! < 0) continue;
    all++;
    if (said.values[i] === truth.values[i]) right++;
  }
  return all > 0 ? right / all : undefined;
};

const truthOf = ({ truth }: Scene): ClassMap | undefined => truth && mapOfTarget(truth.values, truth.spec);

const shown = (map: ClassMap, { names }: Scene, colours: MapColours, note?: Content): Html => {
  const shares = sharesOf(map, names);
  return html`${image(drawn(map, colours), shares, LONGEST)}
    <p class="said">${note}<small>${shares}</small></p>`;
};

const swatch = (colour: string, name: string): Html =>
  html`<span class="swatch"
    ><svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" fill="${colour}" /></svg
    >${name}</span
  > `;

/** The colours with the classes that they stand for. */
const key = (colours: MapColours, names: readonly string[]): Html =>
  html`<span class="swatches">
    ${[...colours.coloured].map(([c, rgb]) => swatch(hexOf(rgb), nameOf(names, c)))}${colours.others ? swatch(hexOf(REST), 'other classes') : undefined}${colours.none ? swatch(hexOf(NONE), 'no class') : undefined}
  </span>`;

export const mapView = (colours: MapColours, names: readonly string[]): KindView<'map'> => ({
  truth(scene) {
    const truth = truthOf(scene);
    return truth && shown(truth, scene, colours);
  },
  prediction({ size, map }, scene) {
    const said = { size, values: map };
    const truth = truthOf(scene);
    const right = truth && agreement(said, truth);
    return shown(
      said,
      scene,
      colours,
      (right !== undefined && html`<b>${percent(right)}</b> of the pixels right`) || undefined,
    );
  },
  key: key(colours, names),
});
