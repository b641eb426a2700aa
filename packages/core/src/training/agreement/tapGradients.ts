import { add, addN, engine, mul, scalar, zeros, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { Backbone } from '../../contracts/backbone.ts';
import type { CallArgs, Forward } from '../../contracts/objective.ts';
import { inputName } from '../../data/batches.ts';
import { partOf } from '../../named.ts';
import type { Experiment } from '../../contracts/experiment.ts';
import type { Given } from '../differentiate.ts';
import { forward } from '../forward.ts';
import type { TrainingNetwork } from '../network.ts';
import { stepContext } from '../stepContext.ts';

/** A weighted term of the loss: of a tap by its name, of the task, or of neither. */
export interface OwnedTerm {
  readonly of: { readonly tap: string } | 'task' | undefined;
  readonly value: Scalar;
}

/** Gradients of some terms; null where they do not depend on it. */
export interface TapGradients {
  readonly value: Scalar;
  /** By each tap's map [R, h, w, c], shallow to deep; null too where a tap's layer stands in the backbone several times. */
  readonly maps: readonly (Tensor | null)[];
  /** By the trained variables, in their order. */
  readonly variables: readonly (Tensor | null)[];
}

/** The layer that gives a tap's map and nothing else. */
const layerOf = ({ model }: Backbone, tap: number): layers.Layer | undefined => {
  const layer = model.outputs[tap]?.sourceLayer;
  return layer?.inboundNodes.length === 1 ? layer : undefined;
};

/** Runs with a tensor added to each tap's map: the gradient by it is that by the map. */
const withAdded = <T>(backbone: Backbone, added: readonly Tensor[], run: () => T): T => {
  const hooked = backbone.taps.map((_, i) => layerOf(backbone, i));
  hooked.forEach((layer, i) => {
    if (!layer) return;
    const call = layer.call.bind(layer);
    layer.call = (inputs, args) => {
      const made = call(inputs, args);
      return Array.isArray(made) ? made : add(made, added[i]!);
    };
  });
  try {
    return run();
  } finally {
    // The method of the class is found again.
    for (const layer of hooked) if (layer) Reflect.deleteProperty(layer, 'call');
  }
};

/** The tap that a term is named after: `stage1`, `stage1/unlabelled`. */
const tapOf = (term: string, { taps }: Backbone): string | undefined =>
  taps.find(({ name }) => term === name || term.startsWith(`${name}/`))?.name;

/** What objectives call the term that contrasts the pooled feature: it is of no tap, and not the task's. */
const FINAL = /^final(\/|$)/;

/**
 * All terms of a step, weighted, and what each is of. The task's are those of objectives that name no tap; where there is no
 * such objective, all terms that name none.
 */
const ownedTerms = (
  experiment: Experiment,
  network: TrainingNetwork,
  given: Given,
  { call, seen }: { readonly call: CallArgs; readonly seen: Forward },
): readonly OwnedTerm[] => {
  const shared = stepContext(experiment, given, call, seen);
  const byObjective = network.objectives.map((objective, i) => {
    const { terms } = objective.terms({ ...shared, fed: partOf(given.inputs, inputName.objective(i)) });
    return Object.entries(terms).map(([name, { value, weight }]) => {
      return { name, tap: tapOf(name, network.backbone), value: mul<Scalar>(value, weight) };
    });
  });
  const isApart = (terms: readonly { readonly tap: string | undefined }[]): boolean =>
    terms.every(({ tap }) => tap === undefined);
  const apart = byObjective.some(isApart);
  return byObjective.flatMap((terms) =>
    terms.map(({ name, tap, value }): OwnedTerm => {
      if (tap !== undefined) return { of: { tap }, value };
      const isTask = apart ? isApart(terms) : !FINAL.test(name);
      return { of: isTask ? 'task' : undefined, value };
    }),
  );
};

/** Chooses terms of those that there are. */
export type ChooseTerms = (terms: readonly OwnedTerm[]) => readonly OwnedTerm[];

/** Gradients of the chosen terms together, in one pass through the network; its statistics stay as they are. */
export const tapGradients = (
  experiment: Experiment,
  network: TrainingNetwork,
  given: Given & { readonly call: CallArgs },
  choose: ChooseTerms,
): TapGradients => {
  const { backbone } = network;
  const { images, call } = given;
  const added = backbone.taps.map((_, i) => {
    const [, ...shape] = backbone.model.outputs[i]!.shape;
    return zeros([images.shape[0], ...shape.map((side) => side ?? 1)]);
  });
  const xs: Tensor[] = [...added, ...Object.values(given.trained)];
  const { value, grads } = engine().gradients(
    () => {
      const seen = withAdded(backbone, added, () => forward(network, images, call));
      const chosen = choose(ownedTerms(experiment, network, given, { call, seen }));
      return chosen.length > 0 ? addN<Scalar>(chosen.map((term) => term.value)) : scalar(0);
    },
    xs,
    undefined,
    true,
  );
  const all = xs.map((_, i) => (grads as (Tensor | null | undefined)[])[i] ?? null);
  return { value, maps: all.slice(0, added.length), variables: all.slice(added.length) };
};
