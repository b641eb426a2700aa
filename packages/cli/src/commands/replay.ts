import { findingText } from '@understory/core';
import { replayFile } from '@understory/runs';

const HEALTHY =
  'all values are finite when it is run op by op, so the fault lies in how it was compiled. Please report it.';

/** `understory replay <black box>`: names the first operation of a step that went wrong. */
export const replay = async (file: string): Promise<void> => {
  const { step, finding } = await replayFile(file);
  process.stdout.write(`Step ${step}: ${finding ? findingText(finding) : HEALTHY}\n`);
};
