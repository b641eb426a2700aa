import {
  add,
  addN,
  cast,
  div,
  greater,
  logicalAnd,
  mul,
  reshape,
  scalar,
  sqrt,
  sum,
  where,
  zerosLike,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { CallArgs } from '../../contracts/objective.ts';
import type { StepFunction } from '../../contracts/runner.ts';
import type { Experiment } from '../../contracts/experiment.ts';
import { inputName } from '../../data/batches.ts';
import type { Given } from '../differentiate.ts';
import { frozenLayers, restingLayers, withoutFrozen, withStillBatchNorm } from '../freeze.ts';
import { variablesOf, type NamedVariables, type TrainingNetwork } from '../network.ts';
import { seenIn } from '../step.ts';
import { selector } from '../stepContext.ts';
import { tapGradients, type OwnedTerm, type TapGradients } from './tapGradients.ts';

/** What a pass is made for, which begins when `earlier` is there: passes run one after the other, not side by side. */
const after = (given: Given, earlier: TapGradients | undefined): Given => {
  const last = earlier?.variables.find((g) => g !== null) ?? earlier?.value;
  return last ? { ...given, images: add<Tensor4D>(given.images, mul(sum(last), 0)) } : given;
};

/** Mean cosine of two gradients of maps [B, h, w, c], over images where both are something. */
const byImage = (a: Tensor, b: Tensor): Scalar => {
  const flat = (g: Tensor): Tensor2D => reshape(g, [g.shape[0], -1]);
  const [x, y] = [flat(a), flat(b)]; // [B, h · w · c]
  const [own, other]: readonly [Tensor, Tensor] = [sum(mul(x, x), 1), sum(mul(y, y), 1)]; // [B]
  const both = logicalAnd(greater(own, 0), greater(other, 0));
  const cosine = div(sum(mul(x, y), 1), sqrt(mul(own, other)));
  return div(sum(where(both, cosine, zerosLike(cosine))), sum(cast(both, 'float32')));
};

/** Sum of products of two lists of gradients, where both are there. */
const inner = (a: readonly (Tensor | null)[], b: readonly (Tensor | null)[]): Scalar => {
  const products = a.flatMap((x, i) => {
    const y = b[i];
    return x && y ? [sum<Scalar>(mul(x, y))] : [];
  });
  return products.length > 0 ? addN<Scalar>(products) : scalar(0);
};

/** Names of the trained weights that lead to a tap. */
const upTo = ({ backbone }: TrainingNetwork, tap: string, trained: NamedVariables): ReadonlySet<string> => {
  const layers = frozenLayers(backbone, { upTo: tap, from: 0, batchNorm: false });
  const beyond = withoutFrozen(trained, layers);
  return new Set(Object.keys(trained).filter((name) => !(name in beyond)));
};

/** Rows of view 1 of the images that the task learns from. */
const taskRows = ({ streams }: Experiment, { inputs }: Given) => {
  const known = streams.map(({ name, views, labelled }) => {
    return { name, batch: inputs[inputName.positions(name)]!.shape[0], views: views.length, labelled };
  });
  const { name: stream } = known.find(({ labelled }) => labelled) ?? known[0]!;
  const rows = selector(known);
  return (x: Tensor): Tensor => rows(x, { stream, view: 0 });
};

/** What the gradients of a tap's terms and of the task's come to. */
const compared = (
  { network, experiment, given }: AgreementRequest,
  tap: string,
  [own, task]: readonly [TapGradients, TapGradients],
): Record<string, Scalar> => {
  const index = network.backbone.taps.findIndex(({ name }) => name === tap);
  const [map, taskMap] = [own.maps[index], task.maps[index]];
  const rows = taskRows(experiment, given);
  const names = upTo(network, tap, given.trained);
  const kept = Object.keys(given.trained).map((name) => names.has(name));
  const part = ({ variables }: TapGradients) => variables.filter((_, i) => kept[i]);
  const [a, b] = [part(own), part(task)];
  const [square, taskSquare] = [inner(a, a), inner(b, b)];
  return {
    byImage: map && taskMap ? byImage(rows(map), rows(taskMap)) : scalar(NaN),
    parameters: div(inner(a, b), sqrt(mul(square, taskSquare))),
    ratio: sqrt(div(square, taskSquare)),
  };
};

interface AgreementRequest {
  readonly experiment: Experiment;
  readonly network: TrainingNetwork;
  readonly given: Given;
}

/**
 * How the gradients of each tap's own terms agree with the task's: `<tap>/byImage`, `<tap>/parameters`, `<tap>/ratio`, each
 * []; see `GradientAgreement`. A pass through the network for the task, and one for each tap that has terms.
 */
export const agreementOf = (request: AgreementRequest): Record<string, Scalar> => {
  const { experiment, network, given } = request;
  const call: CallArgs = { training: true, keepStatistics: true, seed: given.inputs['seed'] as Tensor1D };
  const taps = new Set<string>();
  const ofTask = (terms: readonly OwnedTerm[]): readonly OwnedTerm[] => {
    for (const { of } of terms) if (typeof of === 'object') taps.add(of.tap);
    return terms.filter(({ of }) => of === 'task');
  };
  const task = tapGradients(experiment, network, { ...given, call }, ofTask);
  let last = task;
  const found: Record<string, Scalar> = { task: task.value };
  for (const tap of taps) {
    const own = tapGradients(experiment, network, { ...after(given, last), call }, (terms) =>
      terms.filter(({ of }) => typeof of === 'object' && of.tap === tap),
    );
    last = own;
    for (const [name, value] of Object.entries(compared(request, tap, [own, task])))
      found[`${tap}/${name}`] = value;
  }
  return found;
};

/** The step that compares gradients for a batch as training assembles it; it assigns nothing. */
export const agreementStep = (
  experiment: Experiment,
  network: TrainingNetwork,
  epoch: number,
): StepFunction => {
  const { frozen, still } = restingLayers(experiment, network, epoch);
  const trained = withoutFrozen(variablesOf(network.backbone.model, 'backbone', true), frozen);
  return (inputs) => {
    const given: Given = { inputs, ...seenIn(experiment, inputs), trained };
    return withStillBatchNorm(still, () => agreementOf({ experiment, network, given }));
  };
};
