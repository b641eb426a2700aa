import { cpus, freemem, totalmem } from 'node:os';

/** How busy this machine is. */
export interface MachineLoad {
  /** Share of all processors' time since the last look that they worked. */
  readonly busy: number;
  /** Bytes. */
  readonly used: number;
  readonly memory: number;
}

const times = (): { readonly idle: number; readonly all: number } =>
  cpus().reduce(
    (sum, { times: t }) => ({
      idle: sum.idle + t.idle,
      all: sum.all + t.idle + t.user + t.sys + t.nice + t.irq,
    }),
    { idle: 0, all: 0 },
  );

/** Gives the load since its last call. */
export const machineLoad = (): (() => MachineLoad) => {
  let before = times();
  return () => {
    const now = times();
    const [idle, all] = [now.idle - before.idle, now.all - before.all];
    before = now;
    return { busy: all > 0 ? 1 - idle / all : 0, used: totalmem() - freemem(), memory: totalmem() };
  };
};
