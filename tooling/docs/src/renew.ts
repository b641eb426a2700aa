// Writes the made parts of docs/methods and docs/losses: pictures, sources, options, and what each method reached.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { madeLosses } from './losses/lossPages.ts';
import { madeMethods } from './methods/made.ts';
import { ROOT } from './pages.ts';

for (const [file, text] of [...(await madeMethods()), ...madeLosses()]) {
  mkdirSync(path.dirname(path.join(ROOT, file)), { recursive: true });
  writeFileSync(path.join(ROOT, file), text);
}
