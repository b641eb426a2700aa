import type { Prediction, TargetSpec } from '@understory/core';
import type { Example, Examples, ReportMethod } from '../input.ts';
import { className, type Model, type Shown } from '../model.ts';
import { html, type Content, type Html } from '../page/markup.ts';
import { image } from '../page/picture.ts';
import { methodName, type Section } from '../page/section.ts';
import { boxesView } from './predictions/boxesView.ts';
import { classView } from './predictions/classView.ts';
import { labelsView } from './predictions/labelsView.ts';
import { mapColours } from './predictions/mapColours.ts';
import { mapOfTarget, mapView } from './predictions/mapView.ts';
import type { KindView, Scene } from './predictions/view.ts';

type Kind = Prediction['kind'];
type Views = { readonly [K in Kind]: KindView<K> };

/** Longest side of an example's picture, in pixels. */
const LONGEST = 144;

/** The first target of a kind: what predictions of that kind are compared with. */
const truthTarget = ({ targets }: Examples, kind: Kind): readonly [string, TargetSpec] | undefined =>
  Object.entries(targets).find(([, spec]) => spec.kind === kind);

const sceneOf = (
  example: Example,
  at: number,
  { names, examples }: { readonly names: readonly string[]; readonly examples: Examples },
  kind: Kind,
): Scene => {
  const [name, spec] = truthTarget(examples, kind) ?? [];
  const values = name === undefined ? undefined : example.targets[name];
  return { example, at, names, ...(spec && values && { truth: { spec, values } }) };
};

/** Every map that is shown, true or said. */
const mapsOf = (examples: Examples, shown: readonly Shown[]): ArrayLike<number>[] => {
  const [name, spec] = truthTarget(examples, 'map') ?? [];
  const known = examples.images.flatMap(({ targets }) =>
    name !== undefined && spec ? [mapOfTarget(targets[name]!, spec).values] : [],
  );
  const said = shown.flatMap(({ method }) =>
    (method.examples ?? []).flatMap((p) => (p?.kind === 'map' ? [p.map] : [])),
  );
  return [...known, ...said];
};

const viewsOf = (examples: Examples, shown: readonly Shown[], names: readonly string[]): Views => ({
  class: classView,
  labels: labelsView,
  map: mapView(mapColours(mapsOf(examples, shown)), names),
  boxes: boxesView,
});

/** A prediction by the view of its kind. */
const saidBy = (views: Views, prediction: Prediction, scene: Scene, { boxes }: ReportMethod): Content => {
  switch (prediction.kind) {
    case 'class':
      return views.class.prediction(prediction, scene);
    case 'labels':
      return views.labels.prediction(prediction, scene);
    case 'map':
      return views.map.prediction(prediction, scene);
    case 'boxes':
      return views.boxes.prediction(prediction, scene, boxes?.threshold);
  }
};

const NO_ANSWER = html`<p class="said">no answer: its numbers are not finite</p>`;

const pane = (title: Content, body: Content): Html =>
  html`<figure>
    <figcaption>${title}</figcaption>
    <div>${body}</div>
  </figure>`;

/** What one example's card needs of all of them. */
interface Board {
  readonly examples: Examples;
  readonly shown: readonly Shown[];
  readonly names: readonly string[];
  readonly views: Views;
  /** Kinds of what was said, in the order in which they come. */
  readonly kinds: readonly Kind[];
}

const card = (example: Example, at: number, board: Board): Html => {
  const { shown, views, kinds } = board;
  const title = example.name ?? `image ${at + 1}`;
  const picture = image(example.picture, title, LONGEST);
  const truths = kinds.map((kind) => {
    const scene = sceneOf(example, at, board, kind);
    const known = scene.truth ? views[kind].truth(scene) : undefined;
    // Boxes are drawn on the picture that others point to, whether or not true ones are known.
    if (kind === 'boxes') return pane(known ? 'What is true' : 'The picture', views.boxes.truth(scene));
    return known && pane('What is true', known);
  });
  const answers = shown.map((s) => {
    const said = s.method.examples![at];
    return pane(
      methodName(s),
      said ? saidBy(views, said, sceneOf(example, at, board, said.kind), s.method) : NO_ANSWER,
    );
  });
  return html`<div class="example">
    <h3>${title}</h3>
    <div class="panes">
      ${kinds.includes('boxes') ? undefined : pane('The picture', picture)}${truths}${answers}
    </div>
  </div>`;
};

/** Methods whose predictions no other section shows: those with logits of all images have sections of classes. */
const toShow = ({ shown }: Model): Shown[] =>
  shown.filter(({ method, outcomes }) => !outcomes && (method.examples?.length ?? 0) > 0);

export const predictions = (model: Model): Section | undefined => {
  const { examples, dataset } = model.input;
  const shown = toShow(model);
  if (!examples || shown.length === 0) return undefined;
  const names = dataset.classes.map((_, c) => className(model.input, c));
  const views = viewsOf(examples, shown, names);
  const kinds = [...new Set(shown.flatMap(({ method }) => method.examples!.flatMap((p) => p?.kind ?? [])))];
  const board = { examples, shown, names, views, kinds };
  return {
    id: 'predictions',
    short: 'Predictions',
    title: shown.length > 1 ? 'What they say of the same images' : 'What it says of some images',
    lead: html`Test images that were chosen before anything was predicted.
    ${kinds.map((kind) => html`${views[kind].key} `)}`,
    body: html`<div class="examples">${examples.images.map((example, at) => card(example, at, board))}</div>`,
  };
};
