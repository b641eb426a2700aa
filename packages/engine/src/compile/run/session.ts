import { oneByOne, UnderstoryError } from '@understory/core';
import type { Cluster } from '../../cluster/cluster.ts';
import { watchCluster } from '../../cluster/watchCluster.ts';
import type { Watch } from '../../cluster/watchRuns.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import type {
  Native,
  NativeResult,
  OwnTime,
  PlanHandle,
  SessionHandle,
  TensorContent,
} from '../graph/native.ts';
import type { GraphNode, Value } from '../graph/value.ts';
import type { Slot, VariableStore } from '../graph/variableStore.ts';
import { runError } from './runError.ts';

/** What one kind of run feeds, fetches and executes. */
export interface Plan {
  readonly handle: PlanHandle;
  /** For messages. */
  readonly name: string;
}

/** What a run gave; of a profiled one also what the addon's own ops took. */
export interface Ran extends NativeResult {
  readonly times: readonly OwnTime[];
}

/** What a variable is to hold. */
interface NewValue {
  readonly slot: Slot;
  readonly data: ArrayBufferView;
}

/** A session of a worker among others. */
interface ServerPlace {
  readonly target: string;
  readonly cluster?: Cluster | undefined;
  /** The addon's number of what is summed through shared memory. */
  readonly sums?: number | undefined;
}

/** Runs plans one after another; the event loop stays free meanwhile. */
export class Session {
  readonly #native: Native;
  readonly #handle: SessionHandle;
  readonly #watch: Watch | undefined;
  readonly #next = oneByOne();
  #closed = false;

  /** `config`: a serialised ConfigProto. Of this process alone where it is `at` no server. */
  constructor(native: Native, builder: GraphBuilder, config: Uint8Array, at?: ServerPlace) {
    this.#native = native;
    this.#handle = native.createSession(builder.handle, config, at?.target ?? '', at?.sums ?? 0);
    if (at) this.#watch = watchCluster(() => this.close(), at.cluster);
  }

  plan(
    name: string,
    feeds: readonly Value[],
    fetches: readonly Value[],
    targets: readonly GraphNode[],
  ): Plan {
    const ids = (items: readonly { readonly id: number }[]): number[] => items.map(({ id }) => id);
    return { name, handle: this.#native.createPlan(this.#handle, ids(feeds), ids(fetches), ids(targets)) };
  }

  /** Waits for its turn; what happens in `work` is not interleaved with other work. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#next(() => {
      if (this.#closed) throw closedError();
      return work();
    });
  }

  async run(plan: Plan, feeds: readonly TensorContent[], profile = false): Promise<Ran> {
    if (this.#closed) throw closedError();
    if (profile) this.#native.keepTimes(true);
    try {
      const running = this.#native.run(plan.handle, feeds, profile);
      const result = await (this.#watch ? this.#watch(plan, running) : running);
      return { ...result, times: profile ? this.#native.keptTimes() : [] };
    } catch (error) {
      throw runError(plan.name, error);
    } finally {
      if (profile) this.#native.keepTimes(false);
    }
  }

  /** Runs at once, while the event loop waits. */
  runSync(plan: Plan, feeds: readonly TensorContent[]): NativeResult {
    if (this.#closed) throw closedError();
    try {
      return this.#native.runSync(plan.handle, feeds, false);
    } catch (error) {
      throw runError(plan.name, error);
    }
  }

  /** Assigns values to variables, all in one run. */
  async assign(values: readonly NewValue[], store: VariableStore): Promise<void> {
    if (values.length > 0) await this.run(...this.#assignment(values, store));
  }

  assignSync(values: readonly NewValue[], store: VariableStore): void {
    if (values.length > 0) this.runSync(...this.#assignment(values, store));
  }

  #assignment(values: readonly NewValue[], store: VariableStore): [Plan, TensorContent[]] {
    const setters = values.map(({ slot }) => store.setter(slot));
    const plan = this.plan(
      'values of variables',
      setters.map(({ feed }) => feed),
      [],
      setters.map(({ assign }) => assign),
    );
    return [plan, values.map(({ slot: { dtype, shape }, data }) => ({ dtype, shape, data }))];
  }

  close(): void {
    this.#closed = true;
    this.#native.closeSession(this.#handle);
  }
}

export const closedError = (): UnderstoryError =>
  new UnderstoryError(
    'session-closed',
    'The runner is disposed: nothing runs in it any more. Make another one.',
  );
