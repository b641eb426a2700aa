import {
  add,
  addN,
  concat,
  engine,
  mul,
  slice,
  sum,
  tensor1d,
  tidy,
  variableGrads,
  type NamedTensorMap,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { CallArgs, Forward } from '../contracts/objective.ts';
import type { Runner } from '../contracts/runner.ts';
import { forward, listed, unlisted } from './forward.ts';
import { microBatchOrder, type MicroBatchOrder } from './microBatchOrder.ts';
import { networkVariables, type NamedVariables, type TrainingNetwork } from './network.ts';

export interface CacheRequest {
  /** Normalised [R, H, W, 3]. */
  readonly images: Tensor4D;
  readonly trained: NamedVariables;
  readonly call: CallArgs;
  readonly lossOf: (seen: Forward) => Scalar;
  /** Rows of each stream's views, in the order in which they are stacked; they add up to R. */
  readonly blocks: readonly number[];
  readonly microBatches: number;
  readonly mayRecompute?: Runner['mayRecompute'];
}

const rowsOf = <T extends Tensor>(x: T, [start, count]: readonly [number, number]): T =>
  slice(x, [start, ...x.shape.slice(1).map(() => 0)], [count, ...x.shape.slice(1)]);

/** The images, of the same values, but not before `earlier` is there: parts run one after the other, not side by side. */
const after = (images: Tensor4D, earlier: Tensor | undefined): Tensor4D =>
  earlier ? add(images, mul(sum(earlier), 0)) : images;

/** Each part draws random numbers of its own, the same in both passes. */
const callOf = (call: CallArgs, part: number): CallArgs =>
  call.seed ? { ...call, seed: add<Tensor1D>(call.seed, tensor1d([part, part], 'int32')) } : call;

/** What the backbone makes of the whole batch, part by part, off the gradient tape → outputs in the batch's order. */
const represent = (network: TrainingNetwork, request: CacheRequest, order: MicroBatchOrder): Tensor[] => {
  const shuffled = order.forth(request.images);
  const parts: Tensor[][] = [];
  for (const [i, range] of order.ranges.entries()) {
    const images = after(rowsOf(shuffled, range), parts.at(-1)?.at(-1));
    parts.push(tidy(() => listed(forward(network, images, callOf(request.call, i)))));
  }
  return parts[0]!.map((_, k) => order.back(concat(parts.map((part) => part[k]!))));
};

/** Gradients of the loss by the backbone's outputs, and by the variables that it reaches beside them: the heads'. */
const cache = (
  network: TrainingNetwork,
  { images, trained, lossOf }: CacheRequest,
  outputs: readonly Tensor[],
): { loss: Scalar; outputs: (Tensor | null)[]; variables: NamedTensorMap } => {
  const variables = Object.entries(trained);
  const xs = [...outputs, ...variables.map(([, v]) => v)];
  const { value: loss, grads } = engine().gradients(
    () => lossOf(unlisted(network, images, outputs)),
    xs,
    undefined,
    true,
  );
  const all = grads as (Tensor | null)[];
  const reached = variables.flatMap(([name], i) => {
    const gradient = all[outputs.length + i];
    return gradient ? [[name, gradient] as const] : [];
  });
  return { loss, outputs: all.slice(0, outputs.length), variables: Object.fromEntries(reached) };
};

/** The backbone's gradients of one part: its outputs are worth what the cache says. */
const backward = (
  network: TrainingNetwork,
  images: Tensor4D,
  {
    call,
    trained,
    mayRecompute,
    worth,
  }: Pick<CacheRequest, 'call' | 'trained' | 'mayRecompute'> & { worth: readonly (Tensor | null)[] },
): NamedTensorMap => {
  const nameOf = new Map(Object.entries(trained).map(([name, v]) => [v.name, name]));
  const { grads } = variableGrads(() => {
    const seen = forward(network, images, { ...call, keepStatistics: true });
    const outputs = listed(seen);
    const loss = addN<Scalar>(outputs.flatMap((y, k) => (worth[k] ? [sum<Scalar>(mul(y, worth[k]))] : [])));
    mayRecompute?.(seen, loss);
    return loss;
  }, Object.values(trained));
  return Object.fromEntries(Object.entries(grads).map(([name, g]) => [nameOf.get(name)!, g]));
};

const addAll = (into: NamedTensorMap, more: NamedTensorMap): NamedTensorMap => ({
  ...into,
  ...Object.fromEntries(Object.entries(more).map(([name, g]) => [name, into[name] ? add(into[name], g) : g])),
});

/**
 * The gradient of the whole batch's loss, with only a part of the batch's activations in memory (Gao et al. 2021, section
 * 3.2): (1) the backbone runs part by part without gradient, (2) the loss over all rows and all heads at once gives the
 * gradients of the backbone's outputs, (3) the backbone runs again, part by part, and passes them on. Batch norm in
 * the backbone sees a part at a time; its running averages move in the first pass.
 */
export const cachedGradients = (
  network: TrainingNetwork,
  request: CacheRequest,
): { readonly loss: Scalar; readonly gradients: NamedTensorMap } => {
  const order = microBatchOrder(request.blocks, request.microBatches);
  const outputs = represent(network, request, order);
  const cached = cache(network, request, outputs);
  // Where the backbone and what the task puts on it are frozen, or no term looks at what learns, there is nothing to pass on.
  const dealt = Object.keys(networkVariables({ ...network, modules: {} }));
  if (!dealt.some((name) => name in request.trained) || cached.outputs.every((g) => g === null))
    return { loss: cached.loss, gradients: cached.variables };
  const shuffled = order.forth(request.images);
  const worth = cached.outputs.map((g) => g && order.forth(g));
  let gradients = cached.variables;
  let earlier: Tensor | undefined = worth.find((g) => g !== null) ?? undefined;
  for (const [i, range] of order.ranges.entries()) {
    const images = after(rowsOf(shuffled, range), earlier);
    const part = { ...request, call: callOf(request.call, i) };
    const own = backward(network, images, { ...part, worth: worth.map((g) => g && rowsOf(g, range)) });
    earlier = Object.values(own)[0];
    gradients = addAll(gradients, own);
  }
  return { loss: cached.loss, gradients };
};
