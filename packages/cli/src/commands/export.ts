import { applyOverride } from '@understory/config';
import { shownPath } from '@understory/core';
import { exportRun, openDataConfig, type CalibrateRequest, type Verification } from '@understory/runs';
import { preparation } from '../progress.ts';
import { say } from '../output/voice.ts';

interface ExportOptions {
  readonly format: string;
  readonly set: readonly string[];
  readonly exits: boolean;
  readonly verify: boolean;
  readonly overwrite: boolean;
  /** True for the run's own images. */
  readonly calibrate?: string | true;
}

const calibrationOf = async (data: string | true): Promise<CalibrateRequest> =>
  data === true ? {} : { data: await openDataConfig(data, { set: [], plugin: [] }) };

const verifiedText = ({ runtime, images, differences, within, agreement, isSeen }: Verification): string => {
  const apart = Math.max(0, ...Object.values(differences));
  const bound = within === null ? 'weights in 8 bits have no bound' : `at most ${within}`;
  const same =
    agreement === undefined ? '' : ` The likeliest class is the same on ${(100 * agreement).toFixed(1)} %.`;
  const seen = isSeen ? ', the same that it was calibrated by, as there are no others' : '';
  return `Verified in ${runtime}: ${images} images${seen}, largest difference ${apart.toExponential(1)} (${bound}).${same}`;
};

/** `understory export <run> [folder]`: the network from the best weights, for other programs. */
export const exportModel = async (
  run: string,
  folder: string | undefined,
  { format: name, set, exits, verify, overwrite, calibrate }: ExportOptions,
): Promise<void> => {
  const format: [string, Record<string, unknown>] = [name, {}];
  for (const override of set) applyOverride(format[1], override);
  const request = { run, folder, format, exits, verify, overwrite, say, onProgress: preparation() };
  const images = calibrate === undefined ? {} : { calibrate: await calibrationOf(calibrate) };
  const { files, about, card, verified, removed } = await exportRun({ ...request, ...images });
  process.stdout.write(`${files[0] ?? run}: ${about}\n`);
  if (verified) process.stdout.write(`${verifiedText(verified)}\n`);
  if (removed.length > 0) say(`Removed, of an earlier export: ${removed.map(shownPath).join(', ')}`);
  process.stdout.write(`${card}: what others should know of it.\n`);
};
