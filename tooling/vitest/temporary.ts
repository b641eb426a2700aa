import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * Gives all tests of a run, and the processes that they start, one folder for what is temporary, and removes it at the end. Whether npm
 * has called them is nothing that they are about.
 */
export default (): (() => void) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'understory-tests-'));
  process.env['TMPDIR'] = folder;
  delete process.env['npm_command'];
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
};
