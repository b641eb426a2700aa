import { rm } from 'node:fs/promises';
import path from 'node:path';
import { buildExperiment, type ExperimentConfig, type Locate } from '@understory/config';
import {
  callbacks,
  DATA,
  describeData,
  INSIGHT,
  runToEnd,
  LOG,
  prepareTraining,
  provide,
  REPORTER,
  RUN,
  SEED,
  seedOf,
  type Dataset,
  type DoneEvent,
  type Experiment,
  type Registry,
  type Reporter,
  type Runner,
  type StartEvent,
  type Training,
} from '@understory/core';
import { defaultViews } from '@understory/recipes/experiments';
import {
  claimRun,
  forgetCrash,
  keepCrash,
  metricsReporter,
  runFolder,
  type Run,
} from '@understory/tracking/node';
import { compareClasses } from '../load/compareClasses.ts';
import { insightOf } from './insightOf.ts';
import { beginning } from './beginning.ts';
import { laterStore, type LaterStore } from './laterStore.ts';
import type { OnProgress, Say } from '../listeners.ts';
import { teacherLoader } from '../load/loadTeacher.ts';
import type { Resumption } from '../resume/openResume.ts';
import { recordResumed } from '../resume/recordResumed.ts';
import { resumedData } from '../resume/resumedData.ts';
import { keepNames } from './samplesFile.ts';
import { isWithoutTest, withoutTest } from './withoutTest.ts';
import { commitOf, provenanceOf } from './provenance.ts';
import { boxDescription, describeRun, placed, type RunInfo } from './runInfo.ts';
import { stoppable } from './stoppable.ts';
import { tellingCheck } from './tellingCheck.ts';

export interface RunRequest {
  readonly registry: Registry;
  readonly runner: Runner;
  readonly config: ExperimentConfig;
  /** Where the config's relative paths count from. */
  readonly folder: string;
  /** Where its keys stand, for errors. */
  readonly locate?: Locate;
  /** Where run folders are made. */
  readonly runs: string;
  /** Go on with this run instead of making a new folder. */
  readonly resume?: Resumption;
  /** Beside those that write the run's files. */
  readonly reporters?: readonly Reporter[];
  /** Called once, after the first step that this process trains: it waits, so it should be short. */
  readonly onFirstStep?: (begun: Pick<FinishedRun, 'run' | 'experiment'>) => Promise<void>;
  readonly dataset?: Dataset;
  /** Leaves the test images out: no number of theirs is ever seen. */
  readonly untested?: boolean;
  /** What must be the same on all workers, in words, where several train. */
  readonly agreed?: Readonly<Record<string, string>>;
  /** Told of the run's folder when it is there. */
  readonly onRun?: (folder: string) => void;
  readonly signal?: AbortSignal;
  readonly say: Say;
  readonly onProgress?: OnProgress;
}

export interface FinishedRun {
  readonly run: Run;
  readonly experiment: Experiment;
  readonly training: Training;
  readonly start: StartEvent;
  readonly done: DoneEvent;
}

/** A run that is ready to train, and has no folder yet where it is new. */
interface Prepared extends Omit<LaterStore, 'store'> {
  readonly experiment: Experiment;
  readonly training: Training;
}

const prepare = async (request: RunRequest): Promise<Prepared> => {
  const { registry, runner, config, folder, resume, dataset, signal, say } = request;
  // A trial's test images stay unseen whoever goes on with it.
  const untested = request.untested === true || (resume !== undefined && isWithoutTest(resume.info.dataset));
  const begin = resume ? undefined : await beginning(request); // a resumed run has weights of its own
  const teachers: Record<string, RunInfo> = {};
  const compiled = await buildExperiment(registry, config, {
    defaultViews: defaultViews(),
    say,
    teacher: teacherLoader(registry, runner, {
      ...{ folder, say },
      note: (name, about) => {
        compareClasses(name, about, experiment.dataset, say);
        if ('config' in about) teachers[name] = about;
      },
    }),
    ...(dataset && { dataset }),
    ...((resume || untested) && {
      prepare: async (opened) => {
        const data = untested ? withoutTest(opened) : opened;
        return resume ? resumedData(data, resume, say) : data;
      },
    }),
    ...(request.onProgress && { progress: request.onProgress }),
    ...(request.locate && { locate: request.locate }),
  });
  const experiment = begin?.(compiled) ?? compiled;
  const info = describeRun(config, folder, experiment.dataset);
  const { store, ...later } = laterStore(resume?.run);
  const training = await prepareTraining(experiment, {
    ...{ runner, store, checkpointEvery: config.checkpointEvery },
    ...(resume && { resume: resume.from }),
    description: () => boxDescription(info, teachers),
    ...(signal && { signal }),
    ...(request.agreed && { agreed: request.agreed }),
  });
  return { experiment, training, ...later };
};

const newRun = async (
  { config, folder, runs, runner }: RunRequest,
  { experiment: { dataset }, training }: Prepared,
  commit: Promise<string | undefined>,
): Promise<Run> => {
  const made = await provenanceOf(commit, training, runner);
  const info = describeRun(config, folder, dataset, training.data);
  // Where the name is taken, the run's folder is another one beside it.
  return runFolder(runs, config.name, { ...placed(info, path.join(runs, config.name)), made });
};

/** The reporters that the config names. */
const reportersOf = (
  { registry, config, say, runner }: RunRequest,
  { experiment, training }: Prepared,
  run: Run,
): Reporter[] => {
  const informed = registry.provide([
    provide(LOG, say),
    provide(SEED, seedOf(config.seed)),
    provide(DATA, describeData(experiment)),
    provide(RUN, { folder: run.folder, name: run.name }),
    provide(INSIGHT, insightOf(experiment, training, runner)),
  ]);
  return config.reporters.map((spec) => informed.make(REPORTER, spec));
};

/** Reads a prepared run to its end. A new one that fails before it has trained anything leaves no folder behind. */
const train = async (request: RunRequest, prepared: Prepared, run: Run): Promise<FinishedRun> => {
  const { resume, config, folder, say } = request;
  const { experiment, training, keepIn, kept } = prepared;
  const { dataset } = experiment;
  let steps = 0;
  keepIn(run);
  const reporters = [
    metricsReporter({ file: run.files.metrics }),
    ...reportersOf(request, prepared, run),
    callbacks({
      step: () => (steps++ === 0 ? request.onFirstStep?.({ run, experiment }) : undefined),
    }),
    ...(request.reporters ?? []),
  ];
  try {
    if (resume) {
      await recordResumed(resume, { config, folder, dataset, training }, say);
      await forgetCrash(run.folder);
    }
    if (!resume) await keepNames(run, dataset);
    return { run, experiment, training, ...(await runToEnd(training, reporters)) };
  } catch (thrown) {
    const error = tellingCheck(thrown);
    if (!resume && steps === 0 && !kept()) await rm(run.folder, { recursive: true, force: true });
    else await keepCrash(run.folder, error);
    throw error;
  }
};

/** Trains a config beside the first worker, who keeps the run's files; gives how it ended. */
export const assistExperiment = async (request: RunRequest): Promise<DoneEvent> => {
  const { training, experiment } = await prepare(request);
  try {
    const { done } = await runToEnd(training, []);
    return done;
  } catch (error) {
    throw tellingCheck(error);
  } finally {
    training.dispose();
    await experiment.dataset.close?.();
  }
};

/** Trains a config in a run folder; stops where it is asked to (`requestStop`). The caller disposes of `training`. */
export const runExperiment = async (given: RunRequest): Promise<FinishedRun> => {
  const { signal, watch, unwatch } = stoppable(given.signal);
  const request = { ...given, signal };
  const { resume } = request;
  let release = resume && (await claimRun(resume.run.folder));
  try {
    const commit = commitOf(request.folder); // found while the data and the network are made ready
    const prepared = await prepare(request);
    const run = resume?.run ?? (await newRun(request, prepared, commit));
    release ??= await claimRun(run.folder);
    request.onRun?.(run.folder);
    watch(run);
    return await train(request, prepared, run);
  } finally {
    unwatch();
    await release?.();
  }
};
