// Installs the engine in a process of its own and tells on stdout, a JSON value a line, what happens.
import { installEngine } from '../install.ts';

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const tell = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

try {
  tell({ installed: await installEngine({ progress: tell, signal: stop.signal }) });
} catch (error) {
  const { name, message, code } = error as Error & { code?: unknown };
  tell({ code: typeof code === 'string' ? code : name, message });
}
