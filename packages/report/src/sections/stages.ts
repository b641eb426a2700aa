import { spriteSheet } from '@understory/core/node';
import { className, type Model } from '../model.ts';
import { percent } from '../page/format.ts';
import { html, json, type Content, type Html } from '../page/markup.ts';
import { dataUri } from '../page/picture.ts';
import { legend, methodName, type Section } from '../page/section.ts';
import { overStages } from './overStages.ts';
import { scatter } from './scatter.ts';
import { mapsOf, type Maps, type Stage } from './stageMaps.ts';

const SPRITE_COLUMNS = 20;
/** Bytes that the small pictures may add to the page, and the sizes that are tried. */
const SPRITE_BUDGET = 900_000;
const SPRITE_SIDES = [32, 24, 16];

const row = ({ name, panels }: Stage, groups: Maps['groups']): Html => {
  const figures = panels.map(({ shown, accuracy, points }) => {
    if (accuracy === undefined)
      return html`<figure>
        ${scatter(points, groups, `${name} in ${shown.method.label}: images that it sees alike lie together`)}
        <figcaption>${methodName(shown)}</figcaption>
      </figure>`;
    const agree = `${percent(accuracy, 0)} of the images lie among their own class`;
    return html`<figure>
      ${scatter(points, groups, `${name} in ${shown.method.label}: ${agree}`)}
      <figcaption title="${agree}">${methodName(shown)}<b>${percent(accuracy, 0)}</b></figcaption>
    </figure>`;
  });
  return html`<h3>${name}</h3>
    <div class="panels">${figures}</div>`;
};

/** Small pictures of the points, where they are there and do not make the page heavy. */
const sprites = ({ input }: Model, positions: Int32Array): Content => {
  const all = input.sample?.pictures;
  if (!all || all.length === 0) return undefined;
  const pictures = Array.from(positions, (p) => all[p]!);
  for (const side of SPRITE_SIDES) {
    const uri = dataUri(spriteSheet(pictures, SPRITE_COLUMNS, side));
    if (uri.length > SPRITE_BUDGET) continue;
    const layout = html`data-side="${side}" data-columns="${SPRITE_COLUMNS}"`;
    return html`<img id="sprites" src="${uri}" ${layout} alt="" hidden />`;
  }
  return undefined;
};

const untold = ({ leftOut }: Maps): Content =>
  leftOut.map(
    ({ method, stage }) =>
      html`<p class="note warn">
        What <b>${method}</b> makes of the images at <b>${stage}</b> is not finite, so it is not shown.
      </p>`,
  );

const classKeys = ({ input }: Model, { coloured, groups, labels }: Maps): Content => {
  if (!labels) return undefined;
  const keys = coloured.map((c, k) => {
    const dot = html`<span class="dot k${k}"></span>`;
    return html`<button type="button" aria-pressed="false" data-group="${k}">
      ${dot}${className(input, c)}
    </button>`;
  });
  const others = html`<span class="others"><span class="dot rest"></span>other classes</span>`;
  return html`<div class="classes" role="group" aria-label="Pick out a class">
    ${keys}${groups.at(-1)!.length > 0 ? others : undefined}
  </div>`;
};

export const stages = (model: Model): Section | undefined => {
  const maps = mapsOf(model);
  if (!maps) return undefined;
  const { labels, positions } = maps;
  const names = labels
    ? Array.from(labels, (y) => className(model.input, y))
    : Array.from(positions, (p) => `image ${p + 1}`);
  return {
    id: 'stages',
    short: 'Stages',
    title: 'What the supervision did below the last layer',
    lead: `The same ${maps.positions.length} test images as each stage sees them, pooled over the picture.`,
    body: [
      legend(model.shown),
      untold(maps),
      overStages(maps, model),
      maps.stages.length === 0
        ? undefined
        : html`<div class="maps">
            <p class="lead">
              Each point is an image${labels ? ', its colour the class' : ''}; t-SNE lays neighbours side by
              side, while the distance between far groups means little. Point at an image to find it in every
              map, or focus a map and press the arrow keys${labels ? '; pick a class to see it alone' : ''}.
            </p>
            ${classKeys(model, maps)}<output class="picked"></output
            >${maps.stages.map((stage) => row(stage, maps.groups))}
            <script type="application/json">
              ${json({ groups: maps.groups, names })}
            </script>
            ${sprites(model, maps.positions)}
          </div>`,
    ],
  };
};
