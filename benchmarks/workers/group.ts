import type { Answer, Contestant } from '../contestant.ts';

/** Processes that make one step together, each a part of it. */
export class Group {
  readonly name: string;
  /** Milliseconds a step, of the slowest process, and CPU milliseconds of all. */
  readonly walls: number[] = [];
  readonly cpus: number[] = [];
  /** That are trained. */
  parameters = 0;
  readonly #processes: readonly Contestant[];

  constructor(name: string, processes: readonly Contestant[]) {
    this.name = name;
    this.#processes = processes;
  }

  async begin(): Promise<void> {
    const said = await Promise.all(this.#processes.map((one) => one.begin()));
    const [first] = said;
    if (!first) throw new Error(`${this.name} is a group of nobody`);
    this.parameters = first.parameters;
    console.log(`${this.name}: ${first.ready}, ${first.parameters} parameters`);
  }

  ask<More extends object = object>(command: string): Promise<(Answer & More)[]> {
    return Promise.all(
      this.#processes.map(async (one) => {
        const answer = await one.ask<More>(command);
        if (answer.failed !== undefined) throw new Error(`${this.name}, ${one.name}: ${answer.failed}`);
        return answer;
      }),
    );
  }

  async step(keep: boolean): Promise<void> {
    const answers = await this.ask('step');
    if (!keep) return;
    this.walls.push(Math.max(...answers.map(({ wall }) => wall)));
    this.cpus.push(answers.reduce((sum, { cpu }) => sum + cpu, 0));
  }

  end(): void {
    this.#processes.forEach((one) => void one.end());
  }
}
