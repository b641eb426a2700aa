import { isDetail } from '@understory/core';
import type { DepthNumbers, ReportInput, ReportMethod } from '@understory/report';
import type { Look } from '@understory/report/node';
import type { Watched } from '../runs/watchRuns.ts';
import type { LookOf } from './runLook.ts';
import { runConfig, type RunConfig } from './runConfig.ts';

/** Numbers that more than one tap has, by name: `stage1/knn`, `stage2/knn`. */
const depthOf = (
  epochs: readonly { readonly metrics: Readonly<Record<string, number>> }[],
  perTap: DepthNumbers['measures'] = {},
): DepthNumbers | undefined => {
  const found = new Map<string, Set<string>>();
  for (const name of Object.keys(epochs.at(-1)?.metrics ?? {})) {
    const cut = name.lastIndexOf('/');
    if (cut <= 0) continue;
    const [tap, measure] = [name.slice(0, cut), name.slice(cut + 1)];
    found.set(measure, (found.get(measure) ?? new Set()).add(tap));
  }
  const measures = [...found].filter(([, taps]) => taps.size > 1);
  if (measures.length === 0) return undefined;
  const titles = measures.map(([name]) => {
    const plain = { title: name.replaceAll('-', ' '), about: 'At the last look.', shown: 'curves' as const };
    return [name, Object.hasOwn(perTap, name) ? (perTap[name] ?? plain) : plain] as const;
  });
  return {
    taps: [...new Set(measures.flatMap(([, taps]) => [...taps]))],
    measures: Object.fromEntries(titles),
  };
};

const methodOf = ({ name, told }: Watched, look: Look): ReportMethod => {
  const { start, steps = [], epochs = [], done } = told ?? {};
  const depth = look.method?.depth ?? depthOf(epochs, look.perTap);
  return {
    label: name,
    steps,
    epochs,
    ...(done?.result && { result: done.result }),
    ...(done && { seconds: done.seconds }),
    ...(start && { parameters: start.parameters, engine: start.engine }),
    ...look.method,
    ...(depth && { depth }),
  };
};

/** Views and images are those of the first run that has some; what others say of other images is left out. */
const imagesOf = (looks: readonly Look[]): Partial<ReportInput> => {
  const { views } = looks.find((look) => look.views) ?? {};
  const { examples } = looks.find((look) => look.examples) ?? {};
  const pictures = looks.flatMap((look) => (look.pictures ? [...look.pictures] : []));
  return {
    ...(views && { views }),
    ...(examples && { examples }),
    ...(pictures.length > 0 && { pictures: new Map(pictures) }),
  };
};

const sameImages = (a: Look, b: Look | undefined): boolean => {
  const names = ({ examples }: Look): string => JSON.stringify(examples?.images.map(({ name }) => name));
  return b === undefined || names(a) === names(b);
};

/** Predictions can be set side by side where they are of the same images; those of other data than the first one's are left out. */
const comparable = (looks: readonly Look[]): Look[] => {
  const first = looks.find(({ examples }) => examples);
  const tested = looks.find(({ method }) => method?.predictions)?.method?.predictions;
  return looks.map((look) => {
    const { predictions, examples, ...others } = look.method ?? {};
    const sameTest = predictions && tested && String(predictions.labels) === String(tested.labels);
    return {
      ...look,
      method: {
        ...others,
        ...(sameTest && { predictions }),
        ...(examples && sameImages(look, first) && { examples }),
      },
    };
  });
};

/** What is known of the runs' numbers: looks of a comparison say it, and else what runs told as they began. */
const numbersOf = (
  runs: readonly Watched[],
  looks: readonly Look[],
): Pick<ReportInput, 'metrics' | 'units'> => {
  const starts = runs.flatMap(({ told }) => told?.start ?? []);
  const all = runs.flatMap(({ told }) => Object.keys(told?.epochs.at(-1)?.metrics ?? {}));
  const details = { details: starts.flatMap((start) => start.details ?? []) };
  const named = [...new Set(all)].map((name) => ({ name, ...(isDetail(name, details) && { detail: true }) }));
  return {
    metrics: looks.find(({ metrics }) => metrics)?.metrics ?? named,
    ...(starts.some(({ units }) => units) && {
      units: Object.assign({}, ...starts.map(({ units = {} }) => units)) as Record<string, string>,
    }),
  };
};

/** What a report shows of runs, from what they have told so far. */
export const reportOfRuns = async (runs: readonly Watched[], lookOf: LookOf): Promise<ReportInput> => {
  const configs = await Promise.all(runs.map(({ folder }) => runConfig(folder)));
  const looks = comparable(await Promise.all(runs.map(({ folder }) => lookOf(folder))));
  const credit = [...new Set(looks.flatMap((look) => look.credit ?? []))].join(' ');
  const tasks = [...new Set(looks.flatMap((look) => look.task ?? []))].join(', ');
  const names = runs.map(
    ({ told }, i) => told?.start?.data?.dataset ?? configs[i]?.dataset ?? 'unknown data',
  );
  const counts = runs[0]?.told?.start?.data?.counts;
  const classes = configs.find((config): config is RunConfig => config.classes.length > 0)?.classes ?? [];
  return {
    title: runs.map(({ name }) => name).join(', '),
    date: new Date().toISOString(),
    dataset: {
      name: [...new Set(names)].join(', '),
      classes,
      ...(counts && { sizes: counts }),
      ...(credit !== '' && { credit }),
    },
    ...(tasks !== '' && { task: tasks }),
    ...numbersOf(runs, looks),
    ...imagesOf(looks),
    methods: runs.map((run, i) => methodOf(run, looks[i] ?? {})),
  };
};
