import { describeBackbone, drawBackbone, type BackboneDescription } from '@understory/backbones';
import { HEAD, parameterCount, seedOf, type AnyPlugin, type Backbone, type Registry } from '@understory/core';
import { loadCpu, openRegistry } from '../session.ts';
import { chooseBackbone, stemsOf, type BackboneChoice } from './backboneChoice.ts';

/** A head as it would hang on a backbone. */
export interface HeadRow {
  readonly tap: string;
  readonly head: string;
  /** Width of the vector that it gives. */
  readonly width: number;
  readonly parameters: number;
}

/** Heads of one kind on every tap but the last: where contrastive deep supervision hangs them. */
const headRows = (registry: Registry, { model, taps, features }: Backbone, head: string): HeadRow[] => {
  const make = registry.make(HEAD, head);
  return taps.slice(0, -1).map(({ name }, i) => {
    const [, h, w, c] = model.outputs[i]!.shape as [null, number, number, number];
    const made = make({ name, towards: taps.slice(i), shape: [h, w, c], features, seed: seedOf(0) });
    const row = { tap: name, head, width: made.outputs[0]!.shape[1]!, parameters: parameterCount(made) };
    made.dispose();
    return row;
  });
};

export interface DescribeRequest extends BackboneChoice {
  /** Kind of the heads that hang on its taps. */
  readonly head: string;
  /** Packages or files with more plugins. */
  readonly plugin?: readonly string[];
}

/** What a backbone with heads on its taps is made of. */
export interface NetworkDescription extends BackboneDescription {
  readonly stem?: string;
  readonly heads: readonly HeadRow[];
}

/** Describes a backbone by name, and draws it as SVG where that is asked for. Errors name the known names and options. */
export const describeNetwork = async (
  name: string,
  { head, plugin = [], ...choice }: DescribeRequest,
): Promise<{ readonly description: NetworkDescription; readonly draw: () => string }> => {
  loadCpu();
  const registry = await openRegistry(plugin, process.cwd());
  const { factory, request, stem } = chooseBackbone(registry, name, choice);
  const backbone = factory(request);
  const heads = headRows(registry, backbone, head);
  const hung = heads.map(({ tap, width }) => {
    return { name: head, tap, gives: `${width.toLocaleString('en')} numbers` };
  });
  return {
    description: { ...(stem !== undefined && { stem }), ...describeBackbone(backbone), heads },
    draw: () => drawBackbone(backbone, hung),
  };
};

type Row = Omit<BackboneDescription, 'parts'> & { readonly stem?: string };

/** A backbone with each of its stems as plain data: parameters, multiply-adds, taps, input. Weights are not drawn. */
export const backboneRows = (registry: Registry, plugin: AnyPlugin): (Row | { problem: string })[] => {
  const stems = stemsOf(plugin);
  return (stems.length > 0 ? stems : [undefined]).map((stem) => {
    const named = { ...(stem !== undefined && { stem }) };
    try {
      const { factory, request } = chooseBackbone(registry, plugin.name, named);
      const backbone = factory(request);
      const described: Row & { parts?: unknown } = { ...named, ...describeBackbone(backbone) };
      delete described.parts;
      backbone.model.dispose();
      return described;
    } catch (error) {
      // Somebody's backbone that needs options is listed all the same.
      return { ...named, problem: (error as Error).message };
    }
  });
};
