import { requireHere } from './tfjs.ts';

interface Hush {
  readonly hush: () => void;
  readonly speak: () => string;
}

/** What TensorFlow says as it loads, however quiet it was asked to be. */
const CHATTER = /oneDNN custom operations are on|before absl::InitializeLog\(\) is called/;

/** Loads a library without its greetings; everything else that it writes to stderr comes out afterwards. */
export const quietly = <T>(addon: string, load: () => T): T => {
  const { hush, speak } = requireHere(addon) as Hush;
  hush();
  try {
    return load();
  } finally {
    const said = speak().split('\n');
    const rest = said.filter((line) => !CHATTER.test(line)).join('\n');
    if (rest.trim() !== '') process.stderr.write(rest);
  }
};
