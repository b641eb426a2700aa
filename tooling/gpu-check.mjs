/**
 * What a machine with an NVIDIA GPU must show, in one command of some minutes:
 *
 *   node tooling/gpu-check.mjs [--steps 5] [--model resnet18] [--batch 16] [--python <python with torch>] [--rehearse]
 *
 * Nobody has run it on a GPU yet. `--rehearse` does all of it on the CPU: it checks the script, not the GPU. Build first, and
 * `understory engine install --cuda`. With `--python`, steps are measured against PyTorch's on the same GPU, by turns.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '5' },
    model: { type: 'string', default: 'resnet18' },
    batch: { type: 'string', default: '16' },
    python: { type: 'string' },
    rehearse: { type: 'boolean', default: false },
  },
});
const steps = Number(values.steps);
const tsx = path.join(root, 'node_modules/.bin/tsx');

/** No GPU is seen; and one whose float32 products keep all their bits. */
const ON_CPU = { CUDA_VISIBLE_DEVICES: '' };
const ON_GPU = values.rehearse ? ON_CPU : { NVIDIA_TF32_OVERRIDE: '0' };

/** Some steps in a process of its own: what it runs on, the loss and the milliseconds of each, and `look()` before its end. */
const train = async (env, options = {}, look = () => undefined) => {
  const program = path.join(root, 'benchmarks/step/understory_step.ts');
  const args = ['--model', values.model, '--batch', values.batch, '--options', JSON.stringify(options)];
  const child = spawn(tsx, ['--conditions=@understory/source', program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (word) => {
    if (word) child.stdin.write(`${word}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('the process ended before it answered');
    const answer = JSON.parse(value);
    if (answer.failed) throw new Error(answer.failed);
    return answer;
  };
  try {
    const { ready } = await ask();
    const done = [];
    for (let i = 0; i < steps; i++) done.push(await ask('step'));
    const { memory } = await ask('memory');
    return {
      ready,
      losses: done.map(({ loss }) => loss),
      ms: done.map(({ wall }) => wall),
      memory,
      seen: look(),
    };
  } finally {
    child.stdin.end();
    child.kill();
  }
};

let wrong = 0;
/** Says what was found; `fine` is what must hold. */
const tell = (what, fine, found) => {
  if (!fine) wrong += 1;
  console.log(`${fine ? 'ok   ' : 'WRONG'} ${what}: ${found}`);
};
const apart = (a, b) => Math.max(...a.map((loss, i) => Math.abs(loss - b[i]) / Math.abs(b[i])));
const usual = (ms) => [...ms].sort((a, b) => a - b)[ms.length >> 1];

const nvidia = (...query) => {
  try {
    return execFileSync('nvidia-smi', [...query, '--format=csv,noheader'], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
};

const cards = nvidia('--query-gpu=name,driver_version,memory.total');
if (!cards && !values.rehearse) {
  console.error('No NVIDIA GPU is here (nvidia-smi says nothing). --rehearse tries the script on the CPU.');
  process.exit(2);
}
console.log(cards || 'rehearsed on the CPU');
const doctor = spawnSync(process.execPath, [path.join(root, 'packages/cli/dist/bin.js'), 'doctor'], {
  encoding: 'utf8',
});
console.log(doctor.stdout);
tell('doctor', values.rehearse || doctor.status === 0, `exit code ${doctor.status}`);

const memoryOf = () =>
  nvidia('--query-compute-apps=pid,used_memory').replaceAll('\n', '; ') || 'nothing told';
const cpu = await train(ON_CPU);
const first = await train(ON_GPU, {}, memoryOf);
tell('runs on', values.rehearse || first.ready.includes('GPU'), first.ready);
tell(
  'losses against the CPU',
  apart(first.losses, cpu.losses) < 1e-3,
  apart(first.losses, cpu.losses).toExponential(1),
);
const second = await train(ON_GPU);
tell(
  'bits of two runs',
  apart(first.losses, second.losses) === 0,
  apart(first.losses, second.losses).toExponential(1),
);
const half = await train(ON_GPU, { precision: 'bfloat16' });
tell(
  'bfloat16 against float32',
  apart(half.losses, first.losses) < 3e-2,
  apart(half.losses, first.losses).toExponential(1),
);
const pair = await Promise.allSettled([train(ON_GPU), train(ON_GPU)]);
const failed = pair.flatMap(({ reason }) => (reason ? [reason.message] : []));
tell('two processes at once', failed.length === 0, failed.join('; ') || 'both trained');
console.log(
  `      ms a step: float32 ${usual(first.ms).toFixed(0)}, bfloat16 ${usual(half.ms).toFixed(0)}, CPU ${usual(cpu.ms).toFixed(0)}`,
);
console.log(
  `      memory: ${(first.memory / 1e6).toFixed(0)} MB of the machine's, of the GPU's ${first.seen}`,
);
if (values.python) {
  const modes = ['channels_last', 'channels_last+bfloat16'].map((mode) =>
    values.rehearse ? mode : `cuda+${mode}`,
  );
  const bench = ['--conditions=@understory/source', path.join(root, 'benchmarks/bench.ts')];
  const ours = ['--variant', 'float32={}', '--variant', 'bfloat16={"precision":"bfloat16"}'];
  const cell = ['--model', values.model, '--batch', values.batch, '--rounds', values.steps];
  const { status } = spawnSync(
    tsx,
    [...bench, '--python', values.python, '--torch', modes.join(','), ...ours, ...cell],
    {
      env: { ...process.env, ...(values.rehearse && ON_CPU) },
      stdio: 'inherit',
    },
  );
  tell('steps beside PyTorch', status === 0, `exit code ${status}`);
}
process.exitCode = wrong > 0 ? 1 : 0;
