import {
  backboneTensors,
  namingFile,
  translate,
  type LeftOut,
  type TranslateOptions,
} from '@understory/interop';
import { writeAtomic } from '@understory/tracking/node';
import { loadCpu, openRegistry } from '../session.ts';
import { chooseBackbone, type BackboneChoice } from './backboneChoice.ts';

/** Of which network the weights are, and whose names they have and get. */
export interface NetworkNames extends Pick<TranslateOptions, 'from' | 'to' | 'prefix'>, BackboneChoice {
  readonly backbone: string;
  /** Packages or files with more plugins. */
  readonly plugin?: readonly string[];
}

/** What became of a file's weights. */
export interface ConvertedWeights {
  /** How many tensors were written. */
  readonly tensors: number;
  /** Classes of the classifier; undefined where the file has none. */
  readonly classes: number | undefined;
  readonly from: string;
  readonly to: string;
  /** Tensors of the file that are not in what was written. */
  readonly rest: readonly string[];
  /** Tensors that hold NaN or infinite numbers. */
  readonly notFinite: readonly string[];
  /** What the file holds and no tensor is made of. */
  readonly leftOut: readonly LeftOut[];
}

/** Writes a file's tensors as safetensors, names and layouts as they are. Gives what no tensor is made of. */
export const copyWeights = async (source: string, target: string): Promise<readonly LeftOut[]> => {
  const { convertWeights } = await import('@understory/interop/node');
  const leftOut: LeftOut[] = [];
  await writeAtomic(target, await convertWeights(source, { left: (all) => leftOut.push(...all) }));
  return leftOut;
};

const CURE =
  'Is it for another --backbone or --stem? --from says whose names the file has, --prefix what stands before them.';

/** Writes a file's weights under another code's names; the network that they belong to checks every weight. */
export const renameWeights = async (
  source: string,
  target: string,
  names: NetworkNames,
): Promise<ConvertedWeights> => {
  const { backbone: name, plugin = [] } = names;
  loadCpu();
  const { factory, request } = chooseBackbone(await openRegistry(plugin, process.cwd()), name, names);
  const { readWeights, writeWeights } = await import('@understory/interop/node');
  const weights = await readWeights(source);
  const { leftOut } = weights;
  const options = { ...names, leftOut, cure: CURE };
  const made = namingFile(source, () => translate(backboneTensors(weights), factory, request, options));
  const { tensors, from, to, backbone, classifier, rest, notFinite } = made;
  await writeWeights(target, tensors, { backbone: name, names: to });
  const classes = classifier ? backbone.classes : undefined;
  return { tensors: Object.keys(tensors).length, classes, ...{ from, to, rest, notFinite, leftOut } };
};
