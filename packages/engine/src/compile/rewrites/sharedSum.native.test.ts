import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fstatSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../cluster/freePorts.ts';
import { shareMemory } from '../../cluster/sharedMemory.ts';
import { numbersOf, type Answer, type Order } from '../../cluster/testing/orders.ts';
import { Definitions } from '../graph/definitions.ts';
import { GraphBuilder } from '../graph/graphBuilder.ts';
import { ownAddon, TF } from '../graph/native.ts';
import type { Notice } from '../trace/traceContext.ts';
import { sharedSum } from './sharedSum.ts';

/** What some of the processes are together. */
interface Team {
  readonly size: number;
  readonly addresses: readonly string[];
  /** The descriptor of their memory, here and there. */
  readonly memory: number;
  readonly shared: number;
}

const SIZES = [2, 4];
/** Seconds. */
const PATIENCE = 2;

const tell = async (worker: ChildProcess, order: Order): Promise<Answer> => {
  worker.send(order);
  return ((await once(worker, 'message')) as [Answer])[0];
};

/** The sum of all workers' numbers, added in the order of ranks, as a digest. */
const expected = (workers: number, step: number, length: number): string => {
  const sum = numbersOf(0, step, length);
  for (let rank = 1; rank < workers; rank++) numbersOf(rank, step, length).forEach((x, i) => (sum[i]! += x));
  return createHash('sha256').update(new Uint8Array(sum.buffer)).digest('hex');
};

it('goes by the ring where memory has no room for it, which is said', () => {
  const native = ownAddon();
  const builder = new GraphBuilder(native, new Definitions(native, ['CPU']));
  const call = { op: 'CollectiveReduceV2', inputs: [builder.placeholder(TF.float32, [3])], attributes: [] };
  const notices: Notice[] = [];
  const rewrite = sharedSum({ id: 1, reserve: () => undefined }, (notice) => notices.push(notice));
  expect(rewrite(call, builder)).toBeUndefined();
  expect(notices.map(({ code }) => code)).toEqual(['sums-by-ring']);
});

// UnderstorySharedPut and UnderstorySharedTake, in processes as a launcher starts them.
describe.runIf(process.platform === 'linux')('workers that share memory', () => {
  let processes: readonly ChildProcess[] = [];
  let teams: readonly Team[] = [];

  beforeAll(async () => {
    teams = await Promise.all(
      SIZES.map(async (size, i) => {
        const addresses = (await freePorts(size)).map((port) => `127.0.0.1:${port}`);
        return { size, addresses, memory: shareMemory()!, shared: 4 + i };
      }),
    );
    processes = Array.from({ length: Math.max(...SIZES) }, () =>
      fork(new URL('../../cluster/testing/summing.ts', import.meta.url), {
        execArgv: ['--import', 'tsx', '--conditions=@understory/source'],
        env: { ...process.env, TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...teams.map(({ memory }) => memory)],
      }),
    );
  });
  afterAll(() => {
    processes.forEach((one) => one.kill('SIGKILL'));
    teams.forEach(({ memory }) => closeSync(memory));
  });

  const membersOf = ({ size }: Team): readonly ChildProcess[] => processes.slice(0, size);
  const teamOf = (size: number): Team => teams.find((team) => team.size === size)!;
  /** Makes a group of a team, of a session each. */
  const join = async (team: Team): Promise<void> => {
    const cluster = { addresses: team.addresses, shared: team.shared, patience: PATIENCE };
    const joined = membersOf(team).map((one, rank) => tell(one, { join: { ...cluster, rank } }));
    expect(await Promise.all(joined)).toEqual(joined.map(() => ({})));
  };
  const all = (team: Team, order: Order): Promise<Answer[]> =>
    Promise.all(membersOf(team).map((one) => tell(one, order)));
  const requireSame = (answers: readonly Answer[]): void =>
    expect(new Set(answers.map((answer) => answer.all?.join() ?? answer.failed)).size).toBe(1);

  describe.each(SIZES)('%i of them', (size) => {
    it('have the same bits of every sum: parts are added in the order of ranks', async () => {
      const team = teamOf(size);
      await join(team);
      const length = 70_001; // more than a thread's share
      const answers = await all(team, { length, steps: 2 });
      for (const { firsts } of answers)
        expect(firsts).toEqual([0, 1].map((step) => expected(size, step, length)));
      requireSame(answers);
      // Four sums and a half that large, each with two places for each worker.
      expect(fstatSync(team.memory).size).toBeGreaterThan(2 * size * 4 * 4.5 * length);
    });

    it('overwrite nothing that another one still reads, whenever one of them is held up', async () => {
      const team = teamOf(size);
      const [length, steps] = [1000, 100];
      const running = all(team, { length, steps, floatsAlone: true });
      const isDone = running.then(() => true);
      for (let i = 0; !(await Promise.race([isDone, sleep(1, false)])); i++) {
        const held = processes[i % size]!;
        held.kill('SIGSTOP');
        await sleep(i % 7);
        held.kill('SIGCONT');
      }
      const answers = await running;
      const sums = Array.from({ length: steps }, (_, step) => expected(size, step, length));
      for (const { firsts } of answers) expect(firsts).toEqual(sums);
      requireSame(answers);
    });
  });

  // The team of four is one of the test before.
  const order: Order = { length: 1000, steps: 1, floatsAlone: true };

  it('give up one that is frozen, and can begin anew when it is back', async () => {
    const team = teamOf(4);
    const others = membersOf(team).slice(0, -1);
    const frozen = processes[others.length]!;
    frozen.kill('SIGSTOP');
    for (const { failed } of await Promise.all(others.map((one) => tell(one, order))))
      expect(failed).toMatch(/^worker-lost: (Another worker has stopped answering|Worker \d cannot be)/);
    frozen.kill('SIGCONT');
    expect((await tell(frozen, order)).failed).toMatch(/^worker-lost: Worker \d cannot be reached any more/);
    await join(team);
  });

  it('name one that is killed', async () => {
    const others = membersOf(teamOf(4)).slice(0, -1);
    const killed = processes[others.length]!;
    const endless = { ...order, steps: 1_000_000 };
    const running = others.map((one) => tell(one, endless));
    killed.send(endless);
    await sleep(500);
    killed.kill('SIGKILL');
    for (const { failed } of await Promise.all(running))
      expect(failed).toMatch('worker-lost: Worker 3 cannot be reached any more');
  });
});
