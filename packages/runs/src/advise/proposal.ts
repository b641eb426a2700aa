import type { ExperimentConfig } from '@understory/config';
import { OBJECTIVE, readSpec, UnderstoryError, type Registry, type Spec } from '@understory/core';

/** Objectives as they are proposed. */
export interface Proposal {
  readonly objectives: readonly Spec[];
  /** Objectives with losses on stages whose options choose no stages: they stay as they are. */
  readonly fixed: readonly string[];
  /** Objectives that are left out, since none of their stages is kept. */
  readonly dropped: readonly string[];
}

type Factors = ReadonlyMap<string, number | undefined>;

const isTaken = (registry: Registry, spec: Spec): boolean => {
  try {
    registry.make(OBJECTIVE, spec);
    return true;
  } catch (error) {
    if (error instanceof UnderstoryError) return false;
    throw error;
  }
};

type Options = Readonly<Record<string, unknown>>;

/** Factors by stage, with those that the config had; none where all are 1. */
const perTapOf = (
  had: Readonly<Record<string, number>>,
  kept: readonly string[],
  factors: Factors,
): Options => {
  const now = kept.map((tap): [string, number] => {
    const factor = (had[tap] ?? 1) * (factors.get(tap) ?? 1);
    return [tap, Number(factor.toPrecision(3))];
  });
  const others = Object.entries(had).filter(([tap]) => !factors.has(tap));
  const perTap = Object.fromEntries([...now, ...others].filter(([, factor]) => factor !== 1));
  return Object.keys(perTap).length > 0 ? { perTap } : {};
};

const changed = (
  registry: Registry,
  spec: Spec,
  kept: readonly string[],
  factors: Factors,
): Spec | undefined => {
  const [name = '', given = {}] = readSpec(spec) ?? [];
  const { perTap: had = {}, ...options }: Options & { perTap?: Readonly<Record<string, number>> } = given;
  const chosen = { ...options, taps: kept };
  const tries: Spec[] = [
    [name, { ...chosen, ...perTapOf(had, kept, factors) }],
    [name, chosen],
  ];
  return tries.find((one) => isTaken(registry, one));
};

/**
 * The config's objectives with only the stages that are kept, by a factor for each stage: undefined leaves it out.
 * `supervised` are the stages of each objective, in their order.
 */
export const proposalOf = (
  registry: Registry,
  { objectives }: Pick<ExperimentConfig, 'objectives'>,
  { supervised, factors }: { readonly supervised: readonly (readonly string[])[]; readonly factors: Factors },
): Proposal => {
  const [kept, fixed, dropped]: [Spec[], string[], string[]] = [[], [], []];
  objectives.forEach((spec, i) => {
    const taps = supervised[i] ?? [];
    const [name = ''] = readSpec(spec) ?? [];
    const stay = taps.filter((tap) => factors.get(tap) !== undefined);
    const asIs = stay.length === taps.length && stay.every((tap) => factors.get(tap) === 1);
    if (asIs) {
      kept.push(spec);
      return;
    }
    const next = changed(registry, spec, stay.length > 0 ? stay : taps, factors);
    if (!next) fixed.push(name);
    if (next && stay.length === 0) dropped.push(name);
    else kept.push(next ?? spec);
  });
  return { objectives: kept, fixed, dropped };
};
