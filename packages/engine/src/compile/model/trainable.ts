import { clone, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { UnderstoryError, type NdArray, type NdArrays, type StepFunction } from '@understory/core';

/** A batch as tfjs's training loop hands it over: inputs, targets, weights of samples where there are any. */
export type Batch = readonly (Tensor | null | undefined)[];
export type BatchFunction = (batch: Batch) => Tensor[];

/** A model of tfjs, as far as its training loop goes; some of these members are private in its types. */
export interface Trainable {
  readonly name: string;
  readonly optimizer_?: { iterations_?: number; getConfig(): object };
  readonly lossFunctions?: object;
  /** The model that a `Sequential` is made of. */
  readonly model?: Trainable;
  testFunction?: BatchFunction;
  compile(args: object): void;
  makeTrainFunction(): BatchFunction;
  makeTestFunction(): void;
}

/** What `model.compile` sets. */
interface Settings {
  readonly optimizer: NonNullable<Trainable['optimizer_']>;
  readonly losses: object;
}

/** Throws `model-not-compiled`. */
export const settingsOf = ({ name, optimizer_, lossFunctions }: Trainable): Settings => {
  if (optimizer_ && lossFunctions) return { optimizer: optimizer_, losses: lossFunctions };
  throw new UnderstoryError(
    'model-not-compiled',
    `Model "${name}" has no loss and no optimizer yet: call model.compile({ optimizer, loss }) before it is trained.`,
  );
};

const arrayOf = (given: Tensor): NdArray => {
  const { dtype, shape } = given;
  const data = given.dataSync();
  if (dtype === 'int32') return { dtype, shape, data };
  if (dtype === 'bool') return { dtype, shape, data };
  if (dtype === 'float32') return { dtype, shape, data };
  throw new UnderstoryError(
    'unsupported-dtype',
    `A compiled model takes float32, int32 and bool tensors, and is given ${dtype} [${shape.join(', ')}].`,
  );
};

/** A batch as a step's inputs. */
export const arraysOf = (batch: Batch): NdArrays =>
  Object.fromEntries(batch.flatMap((one, i) => (one ? [[`batch${i}`, arrayOf(one)]] : [])));

/** A step's outputs as tfjs's function of a batch would give them. */
export const tensorsOf = (results: Readonly<Record<string, NdArray>>): Tensor[] =>
  Object.values(results).map(({ data, shape, dtype }) =>
    tensor(data, [...shape], dtype === 'uint8' ? 'int32' : dtype),
  );

/** A function of a batch as a step. Metrics that tfjs keeps for its logs are outputs here. */
export const asStep =
  (fn: BatchFunction, length: number): StepFunction =>
  (given) => {
    const results = fn(Array.from({ length }, (_, i) => given[`batch${i}`]));
    const outputs = results.map((result, i) => [`output${i}`, clone(result)] as const);
    for (const result of results) result.dispose();
    return Object.fromEntries(outputs);
  };
