import { add, matMul, mul, randomNormal, sum, variable, type Tensor2D } from '@tensorflow/tfjs-core';
import { float32, type NdArrays, type StepFunction } from '../../packages/core/src/index.ts';
import { compiledRunner, type CompiledRunnerOptions } from '../../packages/engine/src/index.ts';
import { timeOf } from './work.ts';

/** What the machine does at its best, measured. */
export interface Peaks {
  /** Multiply-adds a millisecond in products of matrices. */
  readonly float32: number;
  readonly bfloat16: number;
  /** Bytes a millisecond, read and written. */
  readonly memory: number;
}

const filled = (length: number, from: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(from + i));

/** The shortest time of the node `op` in some runs of a step. */
const shortest = async (
  op: string,
  fn: StepFunction,
  inputs: NdArrays,
  options: CompiledRunnerOptions,
): Promise<number> => {
  const runner = compiledRunner(options);
  const step = runner.step('peak', fn);
  const times: number[] = [];
  for (let i = 0; i < 12; i++) {
    const { nodes } = await step.profile(inputs);
    times.push(...nodes.filter((node) => node.op === op).map(timeOf));
  }
  runner.dispose();
  if (times.length === 0) throw new Error(`no ${op} in the program`);
  return Math.min(...times);
};

const SIDE = 1024;

/** Two square matrices of a layer by the addon's product: its fastest of all, being as large as blocks want it. */
const product = async (options: CompiledRunnerOptions): Promise<number> => {
  const weights = variable(randomNormal([SIDE, SIDE]));
  const layer: StepFunction = ({ x }) => ({ y: sum(matMul(x as Tensor2D, weights as unknown as Tensor2D)) });
  const milliseconds = await shortest(
    'UnderstoryDense',
    layer,
    { x: float32(filled(SIDE * SIDE, 0), [SIDE, SIDE]) },
    options,
  );
  return SIDE ** 3 / milliseconds;
};

const NUMBERS = 2 ** 25;

/** Two operands and a result, 128 MB each: no cache holds them. */
const traffic = async (options: CompiledRunnerOptions): Promise<number> => {
  const inputs = {
    a: float32(new Float32Array(NUMBERS), [NUMBERS]),
    b: float32(new Float32Array(NUMBERS), [NUMBERS]),
  };
  const added: StepFunction = ({ a, b }) => ({ y: sum(add(mul(a!, 2), b!)) });
  return (3 * 4 * NUMBERS) / (await shortest('UnderstoryElementwise', added, inputs, options));
};

/** Measures them with as many threads as a step has. */
export const measurePeaks = async (options: CompiledRunnerOptions): Promise<Peaks> => {
  const whole = await product({ ...options, precision: 'float32' });
  const half = await product({ ...options, precision: 'bfloat16' });
  return { float32: whole, bfloat16: half, memory: await traffic(options) };
};
