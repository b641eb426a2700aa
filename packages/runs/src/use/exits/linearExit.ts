import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { classesOf, float32, variablesOf, type NdArray, type Runner, type Samples } from '@understory/core';
import { embed, fitProbe, type Probe } from '@understory/evaluators';
import { inferring, type Measured } from '../evaluate/measured.ts';
import { exitOutput } from './exitStep.ts';
import type { PlannedExit } from './planExits.ts';

/** A probe's weights for features as they are: what it standardises them by is in W [D, C] and b [C]. */
const foldedWeights = ({ weights, bias, mean, deviation, classes }: Probe): readonly NdArray[] => {
  const kernel = weights.map((value, i) => value / deviation[Math.floor(i / classes)]!);
  const shift = Float64Array.from(bias);
  kernel.forEach((value, i) => (shift[i % classes]! -= mean[Math.floor(i / classes)]! * value));
  return [
    float32(Float32Array.from(kernel), [mean.length, classes]),
    float32(Float32Array.from(shift), [classes]),
  ];
};

/** A probe as layers: [B, D] → logits [B, C]. */
const probeModel = async (name: string, probe: Probe, runner: Runner): Promise<LayersModel> => {
  const x = input({ shape: [probe.mean.length], name: `${name}/probe/input` });
  const dense = layers.dense({ name: `${name}/probe`, units: probe.classes, kernelInitializer: 'zeros' });
  const made = model({ name: `${name}/probe/model`, inputs: x, outputs: dense.apply(x) as SymbolicTensor });
  await runner.write(Object.values(variablesOf(made, '')), foldedWeights(probe));
  return made;
};

/**
 * The exits with a linear classifier behind those that have none: fitted to what their modules give of these training images, all
 * in one pass. It says where one did not converge.
 */
export const withLinear = async (
  measured: Pick<Measured, 'runner' | 'batch' | 'onProgress' | 'dataset' | 'say'>,
  exits: readonly PlannedExit[],
  { step, samples }: { readonly step: Measured['step']; readonly samples: Samples },
): Promise<readonly PlannedExit[]> => {
  const blank = exits.filter(({ trained }) => !trained).map(({ name }) => exitOutput(name));
  if (blank.length === 0) return exits;
  const seen = await embed({ infer: inferring({ ...measured, step }) }, samples, blank);
  const labels = classesOf(samples);
  const all: PlannedExit[] = [];
  for (const exit of exits) {
    const features = seen.get(exitOutput(exit.name));
    if (!features) {
      all.push(exit);
      continue;
    }
    const probe = await fitProbe(features, labels, measured.dataset.classes.length);
    if (!probe.converged)
      measured.say(
        `The classifier at ${exit.name} did not converge in ${probe.steps} steps; it may be weak.`,
      );
    all.push({ ...exit, modules: [...exit.modules, await probeModel(exit.name, probe, measured.runner)] });
  }
  return all;
};
