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
  type Spec,
} from '@understory/core';
import { loadEngine, recordGraph } from '@understory/engine';
import { checkPath, outputFolderFault } from '../paths.ts';
import { openRegistry } from '../session.ts';
import { networkOfTrained, readTrained } from '../load/loadNetwork.ts';
import type { OnProgress, Say } from '../listeners.ts';
import { withMeasured } from './evaluate/evaluateRun.ts';
import { mustBeOfClasses } from './evaluate/measured.ts';
import { fitExits, type FittedExits } from './exits/fitExits.ts';
import { fitInside, type FittedInside } from './exits/fitInside.ts';

export interface ExportRunRequest {
  /** A run's folder. */
  readonly run: string;
  /** Where files go; `model` in the run's folder where nothing is said. */
  readonly folder?: string | undefined;
  /** An export format; `tfjs` where nothing is said. */
  readonly format?: Spec | undefined;
  /** Early exits too, made and calibrated with the run's data. */
  readonly exits?: boolean;
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

/** Writes by a format; a fault of the disk names the folder. */
const write = (exporter: ExportFormat, request: Omit<ExportRequest, 'record'>): Promise<Exported> =>
  exporter.write({ ...request, record: recordGraph }).catch((error: unknown) => {
    throw isSystemFault(error) ? fileError('write', request.folder, error) : error;
  });

/**
 * Writes a run's network, from its best weights, for other programs: without heads, or with early exits, for which the run's data
 * are opened. Errors: those of `readTrained`, `options`, `unknown-name`, `write-failed`; with exits those of `fitExits`, `task`,
 * `export` (a format without a place for them).
 */
export const exportRun = async ({
  run,
  folder: wanted,
  format = 'tfjs',
  exits = false,
  say = () => undefined,
  onProgress,
}: ExportRunRequest): Promise<Exported> => {
  const target = wanted ?? path.join(run, 'model');
  const trained = await readTrained(run, 'best');
  const { config, folder, dataset } = trained.info;
  checkPath(outputFolderFault, "The model's folder", target);
  const registry = await openRegistry(config.plugins, folder);
  const exporter = registry.make(EXPORT_FORMAT, format);
  if (!exits) {
    await loadEngine();
    const { task, ...network } = await networkOfTrained(registry, eagerRunner(), trained);
    return write(exporter, { network, task, dataset, folder: target });
  }
  mustTakeExits(exporter);
  const options = { split: 'validation', say, ...(onProgress && { onProgress }) } as const;
  return withMeasured({ trained, registry, ...options, heads: true, eager: true }, async (measured) => {
    mustBeOfClasses(measured, '--exits');
    const { task, network } = measured;
    const made = exportedExits(await fitExits(measured), await fitInside(measured));
    return write(exporter, { network, task, dataset, folder: target, exits: made });
  });
};
