import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { manifestOf, platformPackages, ROOT } from './workspace.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Job {
  readonly needs?: string | readonly string[];
  readonly 'runs-on': string;
  readonly strategy?: { readonly matrix: { readonly include: readonly Readonly<Record<string, unknown>>[] } };
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly name: string;
  readonly on: {
    readonly pull_request?: { readonly paths?: readonly string[] } | null;
    readonly workflow_dispatch?: { readonly inputs: object };
  };
  readonly jobs: Readonly<Record<string, Job>>;
}

const WORKFLOWS = path.join(ROOT, '.github/workflows');
const { scripts = {}, packageManager } = manifestOf(ROOT) as ReturnType<typeof manifestOf> & {
  readonly packageManager: string;
};

/** Why a line of a workflow's shell cannot be what it should be: what it calls is not in the repository. */
const missingIn = (line: string): string | undefined => {
  const [program = '', ...args] = line.trim().split(/\s+/);
  const [first = '', second = ''] = args;
  if (program === 'npm') {
    const script = first === 'run' ? second : first;
    return Object.hasOwn(scripts, script) ? undefined : `package.json has no script ${script}`;
  }
  if (program === 'npx' && first === '--no-install')
    return existsSync(path.join(ROOT, 'node_modules/.bin', second))
      ? undefined
      : `no dependency has a ${second}`;
  if (program === 'npx') return second === packageManager ? undefined : `${second} is not ${packageManager}`;
  if (!/^\.?[\w-]*\//.test(program)) return undefined; // the shell's own, which bash reads below
  accessSync(path.join(ROOT, program), constants.X_OK);
  return undefined;
};

const stepsOf = ({ jobs }: Workflow): readonly Step[] => Object.values(jobs).flatMap(({ steps }) => steps);
const runsOf = (workflow: Workflow): readonly string[] =>
  stepsOf(workflow)
    .map(({ run }) => run)
    .filter((run) => run !== undefined);

/** What `${{ … }}` asks of a matrix or of inputs, by its whole name. */
const askedIn = (text: string, of: string): readonly string[] => [
  ...new Set([...text.matchAll(new RegExp(String.raw`\b${of}\.([\w-]+)`, 'g'))].map(([, name = '']) => name)),
];

const files = readdirSync(WORKFLOWS).map((name) => path.join(WORKFLOWS, name));

describe.each(files.map((file) => [path.basename(file), file]))('the workflow %s', (_, file) => {
  const text = readFileSync(file, 'utf8');
  const document = parseDocument(text);
  const workflow = document.toJS() as Workflow;

  it('is sound YAML, every step with one thing to do', () => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    expect(workflow.name).toMatch(/^\w/);
    for (const { uses, run } of stepsOf(workflow)) {
      expect([uses, run].filter((one) => one !== undefined)).toHaveLength(1);
      expect(uses ?? 'a/b@v1', 'a version, not a branch').toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
    }
  });

  it('waits for jobs, and asks for values, that are there', () => {
    for (const { needs = [], strategy, ...job } of Object.values(workflow.jobs)) {
      expect(Object.keys(workflow.jobs)).toEqual(expect.arrayContaining([needs].flat()));
      for (const one of strategy?.matrix.include ?? [{}])
        expect(Object.keys(one)).toEqual(expect.arrayContaining([...askedIn(JSON.stringify(job), 'matrix')]));
    }
    const inputs = Object.keys(workflow.on.workflow_dispatch?.inputs ?? {});
    expect(inputs).toEqual(expect.arrayContaining([...askedIn(text, 'inputs')]));
    for (const pattern of workflow.on.pull_request?.paths ?? []) {
      const [folder = ''] = pattern.split('*');
      expect(existsSync(path.join(ROOT, folder)), pattern).toBe(true);
    }
  });

  it('calls what is in the repository, in shell that bash can read', () => {
    for (const run of runsOf(workflow)) {
      execFileSync('bash', ['-n', '-c', run]);
      for (const line of run.split('\n')) expect(missingIn(line), line).toBeUndefined();
    }
  });
});

it('what CI runs calls scripts that are there', () => {
  const text = readFileSync(path.join(ROOT, '.ci/run'), 'utf8');
  const [, checks = ''] = /for check in ([\w ]+);/.exec(text) ?? [];
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['test', ...checks.split(' ')]));
});

it('a release makes the addons of every platform that has a package, and looks for those in each of its jobs', () => {
  const platforms = platformPackages().map(({ folder }) => path.basename(folder));
  const text = readFileSync(path.join(WORKFLOWS, 'release.yml'), 'utf8');
  const { jobs } = parseDocument(text).toJS() as Workflow;
  const made = jobs['addons']?.strategy?.matrix.include.map(({ platform }) => platform);
  expect(made?.toSorted()).toEqual(platforms.toSorted());
  const sought = [...text.matchAll(/for platform in ([^;]+);/g)].map(([, names = '']) => names.split(' '));
  expect(sought).toHaveLength(2);
  for (const names of sought) expect(names.toSorted()).toEqual(platforms.toSorted());
});
