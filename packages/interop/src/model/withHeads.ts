import {
  CHECKPOINT_FORMAT,
  evaluatedWeights,
  seedOf,
  UnderstoryError,
  type Backbone,
  type HeadFactory,
  type NdArrays,
  type Network,
} from '@understory/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { namingFile } from '../errors.ts';
import { cdsHeads } from '../names/cdsHeads.ts';
import { OWN_NAMES, type NameTable } from '../names/nameTable.ts';
import { backboneTensors } from '../weights/backboneTensors.ts';
import type { Weights } from '../weights/weights.ts';
import { toModel } from './toModel.ts';
import { begin, leftText, type BeginOptions } from './withWeights.ts';

export interface NetworkOptions extends BeginOptions {
  /** Makes the heads that the file's weights are of: `sepConv()` of @understory/supervision for the released code's. */
  readonly head: HeadFactory;
}

/** A projection head in a file: its module here, the tap that it hangs on, and how the file names its weights. */
interface FoundHead {
  readonly module: string;
  readonly tap: number;
  readonly names: NameTable;
  readonly prefix: string;
}

/** Objective under whose name the released code's heads stand here. */
const CDS = 'contrastive-deep-supervision';

/** Modules of a network that hang on its taps, by the names of its weights: `<objective>/<tap>/…` → `<objective>/<tap>`. */
export const tapModules = (names: readonly string[], { taps }: Pick<Backbone, 'taps'>): string[] => {
  const known = new Set(taps.map(({ name }) => name));
  const modules = names.flatMap((name) => {
    const [objective = '', tap = ''] = name.split('/');
    return known.has(tap) && objective !== 'backbone' ? [`${objective}/${tap}`] : [];
  });
  return [...new Set(modules)];
};

const tapOf = ({ taps }: Backbone, module: string): number =>
  taps.findIndex(({ name }) => name === module.slice(module.indexOf('/') + 1));

/** Heads in our own checkpoints, by module, and in the released code's files, as `auxiliary1` … beside the network. */
const headsIn = (file: NdArrays, backbone: Backbone, isOwn: boolean, prefix: string): FoundHead[] => {
  const names = Object.keys(file);
  if (isOwn) {
    return tapModules(names, backbone).map((module) => ({
      module,
      tap: tapOf(backbone, module),
      names: OWN_NAMES,
      prefix: `${module}/`,
    }));
  }
  return backbone.taps.slice(0, -1).flatMap(({ name }, i): FoundHead[] => {
    const stage = i + 1;
    if (!names.some((n) => n.startsWith(`${prefix}auxiliary${stage}.`))) return [];
    return [{ module: `${CDS}/${name}`, tap: i, names: cdsHeads(stage), prefix }];
  });
};

/** A head as it hangs on a tap, its weights as the factory draws them. */
export const headAt = (backbone: Backbone, tap: number, make: HeadFactory): LayersModel => {
  const [, ...shape] = backbone.model.outputs[tap]!.shape as [null, number, number, number];
  const towards = backbone.taps.slice(tap);
  const { name } = towards[0]!;
  return make({ name, towards, shape, features: backbone.features, seed: seedOf(0).at('heads', name) });
};

/** A head with the file's weights; undefined, and said, where they do not fit what `make` makes. */
const filled = (
  file: NdArrays,
  backbone: Backbone,
  { module, tap, names, prefix }: FoundHead,
  { head: make, say }: NetworkOptions,
): LayersModel | undefined => {
  const head = headAt(backbone, tap, make);
  try {
    toModel(file, head, names, { prefix });
    return head;
  } catch (error) {
    head.dispose();
    if (!(error instanceof UnderstoryError)) throw error;
    say?.(`The head ${module} of the file is left out: ${error.message}`);
    return undefined;
  }
};

/**
 * A network with its projection heads, all weights from one file: the released code's, whose heads are `auxiliary1` …
 * beside the network, or a checkpoint of a run. `backbone` gets the file's weights, its classifier too; the heads are
 * named `<objective>/<tap>`, as objectives look for them, and are none where the file has none. A head that does not fit
 * is left out and said. Errors: `weights-mismatch`, `bad-weights`, `unknown-name`.
 */
export const networkFrom = (backbone: Backbone, weights: Weights, options: NetworkOptions): Network => {
  const { tensors, metadata, leftOut } = weights;
  const { code, prefix, rest } = namingFile(options.file, () =>
    begin(backbone, backboneTensors(weights), {
      leftOut,
      ...options,
      whole: true,
    }),
  );
  const isOwn = metadata['format'] === CHECKPOINT_FORMAT;
  const file = isOwn ? evaluatedWeights({ tensors }) : tensors;
  const modules: Record<string, LayersModel> = {};
  const embeds: Record<string, string> = {};
  const taken: string[] = [];
  for (const found of headsIn(file, backbone, isOwn, prefix)) {
    const head = filled(file, backbone, found, options);
    if (!head) continue;
    modules[found.module] = head;
    embeds[found.module] = backbone.taps[found.tap]!.name;
    taken.push(`${prefix}auxiliary${found.tap + 1}.`);
  }
  const heads = Object.keys(modules);
  const other = rest.filter((name) => !taken.some((start) => name.startsWith(start)));
  const what = `${backbone.name} has the file's weights (names of ${code})`;
  options.say?.(`${what}, ${heads.length > 0 ? `heads ${heads.join(', ')}` : 'no heads'}.${leftText(other)}`);
  return { backbone, modules, embeds };
};
