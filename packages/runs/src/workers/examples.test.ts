import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readTfConfig } from './tfConfig.ts';

const fileOf = (name: string): string =>
  fileURLToPath(new URL(`../../../../examples/distributed/${name}`, import.meta.url));
const textOf = (name: string): string => readFileSync(fileOf(name), 'utf8');

it('the Kubernetes example starts as many workers as it names, at names and a port that its service has', () => {
  const text = textOf('kubernetes.yaml');
  const valueOf = (key: string): string =>
    new RegExp(`^ *(?:- )?${key}: *(\\S+)`, 'm').exec(text)?.[1] ?? key;
  const [, given = ''] = /TF_CONFIG='(\{.*)$/m.exec(text) ?? [];
  const size = Number(valueOf('completions'));
  expect(size).toBe(Number(valueOf('parallelism')));
  for (let index = 0; index < size; index++) {
    const { addresses, rank } = readTfConfig(
      given.replace("'$JOB_COMPLETION_INDEX'", String(index)).replace(/'$/, ''),
    );
    expect(rank).toBe(index);
    expect(addresses).toEqual(
      Array.from(
        { length: size },
        (_, i) => `understory-${i}.${valueOf('subdomain')}:${valueOf('containerPort')}`,
      ),
    );
  }
  const services = text.split('\n---\n').filter((part) => /^kind: Service$/m.test(part));
  expect(services).toHaveLength(1);
  expect(services[0]).toContain(`name: ${valueOf('subdomain')}`);
  expect(services[0]).toContain(`port: ${valueOf('containerPort')}`);
});

it.runIf(process.platform === 'linux')('the Slurm example gives each task its place among all nodes', () => {
  const tools = `scontrol() { printf 'n1\\nn2\\nn3\\n'; }
srun() { for SLURM_PROCID in 0 1 2; do export SLURM_PROCID; "\${@:2}"; done; }
npx() { echo "$TF_CONFIG"; }
export -f npx
`;
  // `exec` finds programs alone, and this one is a function.
  const script = tools + textOf('slurm.sh').replace('exec npx', 'npx');
  const env = { ...process.env, SLURM_JOB_ID: '7', SLURM_JOB_NODELIST: 'n[1-3]' };
  const printed = execFileSync('bash', ['-c', script], { env, encoding: 'utf8' }).trim().split('\n');
  expect(printed.map((line) => readTfConfig(line))).toEqual(
    [0, 1, 2].map((rank) => ({ addresses: ['n1:20007', 'n2:20007', 'n3:20007'], rank })),
  );
});
