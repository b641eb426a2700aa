import { byName, UnderstoryError, type Network } from '@understory/core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Say } from '../../listeners.ts';

/** An exit as a network can have it, before anything is fitted. */
export interface PlannedExit {
  /** Of its tap. */
  readonly name: string;
  /** The tap's place among the backbone's. */
  readonly tap: number;
  /** What the tap's map goes through, one after the other. */
  readonly modules: readonly LayersModel[];
  /** Whether these modules were trained to give logits; else a linear classifier is fitted to what they give. */
  readonly trained: boolean;
  /** What tells the classes there, for people. */
  readonly from: string;
}

type Planned = Pick<Network, 'backbone' | 'modules' | 'embeds' | 'classifies'>;

const poolOf = ({ backbone: { model: whole } }: Planned, tap: number, name: string): LayersModel => {
  const [, ...shape] = whole.outputs[tap]!.shape;
  const x = input({ shape: shape.map((side) => side ?? 0), name: `${name}/pooled/input` });
  const pool = layers.globalAveragePooling2d({ name: `${name}/pooled/mean` });
  return model({ name: `${name}/pooled`, inputs: x, outputs: pool.apply(x) as SymbolicTensor });
};

/** `deeply-supervised-nets` of `deeply-supervised-nets/stage1`. */
const objectiveOf = (module: string): string => module.slice(0, Math.max(0, module.indexOf('/')));

const exitAt = (network: Planned, name: string, tap: number): PlannedExit => {
  const { modules, embeds = {}, classifies = [] } = network;
  const known = classifies.find((one) => one.tap === name);
  if (known)
    return {
      ...{ name, tap, trained: true, from: `trained by ${objectiveOf(known.modules[0] ?? '')}` },
      modules: known.modules.map((module) => byName(modules, module)),
    };
  const head = Object.keys(embeds).find((module) => embeds[module] === name && modules[module]);
  const from = head === undefined ? 'fitted to the pooled map' : `fitted to the head of ${objectiveOf(head)}`;
  return {
    ...{ name, tap, trained: false, from },
    modules: [head === undefined ? poolOf(network, tap, name) : byName(modules, head)],
  };
};

/** Says which classifiers are no exits: a second one at a tap, and those at the last tap, which spare nothing. */
const sayLeftOut = ({ classifies = [] }: Planned, exits: readonly PlannedExit[], say: Say): void => {
  const taken = new Set<string>();
  const left = classifies.filter(({ tap }) => {
    const isExit = exits.some(({ name }) => name === tap) && !taken.has(tap);
    taken.add(tap);
    return !isExit;
  });
  if (left.length === 0) return;
  const names = left.map(({ tap, modules }) => `${modules[0] ?? ''} at ${tap}`).join(', ');
  say(`No exits, since there is another at their tap or it is the last one: ${names}.`);
};

/**
 * The exits of a network, one at each tap but the last: a classifier that was trained there, else one that is fitted to the
 * embedding of the tap's head, else to its pooled map. Errors: `no-taps`.
 */
export const planExits = (network: Planned, say: Say): readonly PlannedExit[] => {
  const { name, taps } = network.backbone;
  const exits = taps.slice(0, -1).map((tap, i) => exitAt(network, tap.name, i));
  if (exits.length === 0)
    throw new UnderstoryError(
      'no-taps',
      `The backbone "${name}" has no tap before its last one, so one cannot leave it early. Leave --exits out, or train a backbone with more taps: understory list backbones --json tells them.`,
    );
  sayLeftOut(network, exits, say);
  return exits;
};
