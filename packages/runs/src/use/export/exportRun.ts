import path from 'node:path';
import {
  eagerRunner,
  EXPORT_FORMAT,
  fileError,
  isSystemFault,
  UnderstoryError,
  type Exported,
  type ExportedExit,
  type ExportedExits,
  type ExportFormat,
  type ExportRequest,
  type Registry,
  type Runner,
  type Spec,
} from '@understory/core';
import { recordGraph } from '@understory/engine';
import { readyEngine } from '../../load/readyEngine.ts';
import { checkPath, outputFolderFault, takenFolderFault } from '../../paths.ts';
import { openRegistry } from '../../session.ts';
import { networkOfTrained, readTrained, type Trained } from '../../load/loadNetwork.ts';
import type { OnProgress, Say } from '../../listeners.ts';
import { preprocessingOf } from '../../run/runInfo.ts';
import { withMeasured } from '../evaluate/evaluateRun.ts';
import { mustBeOfClasses } from '../evaluate/measured.ts';
import type { FittedExits } from '../exits/fitExits.ts';
import { openCalibration, type CalibrateRequest, type CalibrationImages } from './calibrationImages.ts';
import { earlierFiles, removeStale, writeExportInfo } from './exportInfo.ts';
import { writeCard } from './modelCard.ts';
import { mustRunHere, verifyExport, type Verification } from './verifyExport.ts';
import type { FittedInside } from '../exits/fitInside.ts';

export interface ExportRunRequest {
  /** A run's folder. */
  readonly run: string;
  /** Where files go; `model` in the run's folder where nothing is said. */
  readonly folder?: string | undefined;
  /** An export format; `tfjs` where nothing is said. */
  readonly format?: Spec | undefined;
  /** Early exits too, made and calibrated with the run's data. */
  readonly exits?: boolean;
  /** Rounds activations to 8 bits too, by images: of formats that can, with their weights in 8 bits. */
  readonly calibrate?: CalibrateRequest | undefined;
  /** Also runs what was written in the program that it is for, and compares. */
  readonly verify?: boolean;
  /** Whether files that are there may be replaced; those of an earlier export that this one does not write are removed. */
  readonly overwrite?: boolean;
  /** Told what a user should know of the data that exits are made with. */
  readonly say?: Say;
  readonly onProgress?: OnProgress;
}

/** Exits as formats take them: one threshold for all, the end takes what is left. */
const exportedExits = ({ exits, chosen }: FittedExits, inside: FittedInside): ExportedExits => {
  const all = exits.map(({ name, modules, temperature, multiplyAdds }, e): ExportedExit => {
    const threshold = e < exits.length - 1 ? chosen.threshold : 0;
    const at = { temperature, threshold, multiplyAdds };
    return { name, classifier: modules, ...at, inside: inside.models[e]! };
  });
  return { early: all.slice(0, -1), end: all.at(-1)!, insideFrom: inside.from };
};

const mustTakeExits = ({ name, takesExits = false }: ExportFormat): void => {
  if (takesExits) return;
  throw new UnderstoryError(
    'export',
    `The format "${name}" has no place for early exits. Leave --exits out, or use --format tfjs.`,
  );
};

const mustTakeCalibration = ({ name, takesCalibration = false }: ExportFormat): void => {
  if (takesCalibration) return;
  throw new UnderstoryError(
    'export',
    `The format "${name}" has no place for activations in 8 bits. Take --format onnx with --set weights=int8, or leave --calibrate out.`,
  );
};

/** What was written of a run. */
export interface ExportedRun extends Exported {
  /** Paths of the model card, and of what programs read of the export. */
  readonly card: string;
  readonly info: string;
  readonly verified?: Verification;
  /** Paths of an earlier export's files, which are no more. */
  readonly removed: readonly string[];
}

interface WriteRequest {
  readonly trained: Trained;
  readonly runner: Runner;
  readonly format: Spec;
  readonly exporter: ExportFormat;
  readonly verify: boolean;
  /** Images that activations are rounded by. */
  readonly images?: CalibrationImages | undefined;
}

/** Writes by a format, with a card beside it; a fault of the disk names the folder. */
const write = async (
  { trained, runner, format, exporter, verify, images }: WriteRequest,
  request: Omit<ExportRequest, 'record' | 'calibration'>,
): Promise<ExportedRun> => {
  const { folder } = request;
  const calibration = images && { calibration: images.calibration };
  try {
    const earlier = await earlierFiles(folder);
    const exported = await exporter.write({ ...request, record: recordGraph, ...calibration });
    const comparing = { runner, read: images?.held, isSeen: images?.isSame };
    const verified = verify ? await verifyExport(exporter, request, exported, comparing) : undefined;
    const removed = await removeStale(earlier, exported);
    const info = await writeExportInfo(folder, format, exported, trained.info);
    const card = await writeCard({ trained, folder, format: exporter, exported, verified });
    return { ...exported, info, card, removed, ...(verified && { verified }) };
  } catch (error) {
    throw isSystemFault(error) ? fileError('write', folder, error) : error;
  }
};

/** Verifying compares what a network's task gives, which exits are beside. */
const mustBeVerifiable = (exits: boolean, verify: boolean): void => {
  if (exits && verify)
    throw new UnderstoryError(
      'options',
      '--verify compares networks without exits. Leave --exits or --verify out.',
    );
};

interface Written extends Omit<WriteRequest, 'runner'>, Pick<ExportRunRequest, 'say' | 'onProgress'> {
  readonly registry: Registry;
  readonly target: string;
}

const exportedData = ({ info }: Trained): ExportRequest['dataset'] => ({
  ...preprocessingOf(info),
  classes: info.dataset.classes,
  size: info.dataset.size,
});

const writePlain = async ({ registry, target, ...writing }: Written): Promise<ExportedRun> => {
  const { trained } = writing;
  await readyEngine();
  const runner = eagerRunner();
  const { task, ...network } = await networkOfTrained(registry, runner, trained);
  const request = { network, task, dataset: exportedData(trained) };
  if (writing.verify) await mustRunHere(writing.exporter, request); // some runtimes depend on what the network is made of
  return write({ ...writing, runner }, { ...request, folder: target });
};

const writeExits = (request: Written): Promise<ExportedRun> => {
  const { registry, target, say = () => undefined, onProgress, ...writing } = request;
  const { trained } = writing;
  mustTakeExits(writing.exporter);
  const options = { split: 'validation', say, ...(onProgress && { onProgress }) } as const;
  return withMeasured({ trained, registry, ...options, heads: true, eager: true }, async (measured) => {
    mustBeOfClasses(measured, '--exits');
    const { task, network, runner } = measured;
    const [{ fitExits }, { fitInside }] = await Promise.all([
      import('../exits/fitExits.ts'),
      import('../exits/fitInside.ts'),
    ]);
    const exits = exportedExits(await fitExits(measured), await fitInside(measured));
    const dataset = exportedData(trained);
    return write({ ...writing, runner }, { network, task, dataset, folder: target, exits });
  });
};

/**
 * Writes a run's network, from its best weights, for other programs: without heads, or with early exits, for which the run's data
 * are opened; and a model card beside it. Errors: `options` where the folder holds something and nothing may be replaced, those of
 * `readTrained`, `unknown-name`, `write-failed`; with exits those of
 * `fitExits`, `task`, `export` (a format without a place for them); with `calibrate` those of `openCalibration`, `export`; with
 * `verify` those of `verifyExport`.
 */
export const exportRun = async (request: ExportRunRequest): Promise<ExportedRun> => {
  const {
    run,
    folder: wanted,
    format = 'tfjs',
    exits = false,
    verify = false,
    overwrite = false,
    ...more
  } = request;
  const { calibrate, say, onProgress } = more;
  const target = wanted ?? path.join(run, 'model');
  mustBeVerifiable(exits, verify);
  checkPath(outputFolderFault, "The model's folder", target);
  if (!overwrite) checkPath(takenFolderFault, "The model's folder", target);
  const trained = await readTrained(run, 'best');
  const { config, folder } = trained.info;
  const registry = await openRegistry(config.plugins, folder);
  const exporter = registry.make(EXPORT_FORMAT, format);
  if (calibrate) mustTakeCalibration(exporter);
  if (verify) await mustRunHere(exporter);
  const told = { ...(say && { say }), ...(onProgress && { onProgress }) };
  const images = calibrate && (await openCalibration(calibrate, registry, trained, onProgress));
  try {
    const writing = { trained, format, exporter, verify, images, registry, target, ...told };
    return await (exits ? writeExits(writing) : writePlain(writing));
  } finally {
    await images?.close();
  }
};
