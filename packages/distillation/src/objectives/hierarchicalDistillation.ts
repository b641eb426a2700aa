import {
  OBJECTIVE,
  plugin,
  runModule,
  UnderstoryError,
  untracked,
  classLogits,
  type Named,
  type Objective,
  type Stream,
  type Term,
  preparedLogits,
} from '@understory/core';
import { standardized, weight } from '@understory/core/zod';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { distillationKl } from '../losses/logits.ts';
import { branchesOf } from './layeredSelfSupervision.ts';
import { requireSameClasses, selection, teacher, temperature } from './settings.ts';
import { stageBranches } from './stageBranches.ts';
import { tapPairs } from './tapPairs.ts';
import { withTeacher, type Method, type MethodContext, type TaughtStep } from './withTeacher.ts';

const NAME = 'hierarchical-distillation';

export const HierarchicalDistillationOptions = z.strictObject({
  teacher,
  jointWeight: weight(1, "each stage's divergence over classes and views"),
  klWeight: weight(1, "the divergence of the last layer's logits, on all views"),
  temperature: temperature(3),
  ...standardized,
  stream: selection.stream,
});
export type HierarchicalDistillationOptions = z.input<typeof HierarchicalDistillationOptions>;
type Settings = z.output<typeof HierarchicalDistillationOptions>;

const refuse = (code: string, what: string, cure: string): never => {
  throw new UnderstoryError(code, `${NAME}: ${what} ${cure}`);
};

/** The teacher's branches. Throws where it has none, or they tell another number of views apart. */
const taughtBranches = ({ teacher: network }: MethodContext, { views }: Stream): Named<LayersModel> => {
  const branches = branchesOf(network);
  const [first] = Object.values(branches);
  const { name, classes } = network.backbone;
  if (!first)
    return refuse(
      'teacher-heads',
      `the teacher "${name}" has no branches over classes and views.`,
      'Train them with "layered-self-supervision" ("mimicWeight": 0; on a trained network with "freeze": { "upTo": "all" }), and give that run\'s folder.',
    );
  const known = first.outputs[0]!.shape.at(-1)! / classes;
  if (known === views) return branches;
  return refuse(
    'views-differ',
    `the teacher's branches tell ${known} views apart, and there are ${views}.`,
    `Give the same ${known} under "views" as the teacher had.`,
  );
};

const methodOf = (given: MethodContext, settings: Settings): Method => {
  const { context, teacher: network, stream: name } = given;
  requireSameClasses(NAME, context, network);
  const stream = context.streams.find((s) => s.name === name)!;
  const taught = taughtBranches(given, stream);
  const { backbone, seed } = context;
  const pairs = tapPairs(NAME, backbone, network.backbone);
  const classes = stream.views * backbone.classes;
  const branches = stageBranches(NAME, backbone, { classes, taps: pairs.map(([s]) => s), seed });
  const compare = distillationKl(settings);
  const prepare = preparedLogits(settings);
  const jointTerm = (seen: TaughtStep, s: number, t: number): readonly [string, Term] => {
    const tap = backbone.taps[s]!.name;
    const own = prepare(runModule(branches[tap]!, seen.student.taps[s]!, seen.step.call));
    const branch = taught[network.backbone.taps[t]!.name]!;
    const [target] = untracked((): [Tensor2D] => [
      prepare(runModule(branch, seen.teacher.taps[t]!, seen.teacherCall)),
    ]);
    return [`kl/${tap}`, { value: compare(own, target), weight: settings.jointWeight }];
  };
  return {
    modules: branches,
    terms(seen) {
      const joint = pairs.map(([s, t]) => jointTerm(seen, s, t));
      const value = compare(classLogits(seen.student), classLogits(seen.teacher));
      return { terms: { ...Object.fromEntries(joint), kl: { value, weight: settings.klWeight } } };
    },
  };
};

/**
 * HSAKD (Yang et al. 2021): after every stage a branch learns what the teacher's branch says of class and turn of an image
 * in one; the last layer learns the teacher's probabilities on all views. The teacher is a run whose branches were trained
 * with `layeredSelfSupervision` ("mimicWeight" 0). `crossEntropy` beside it trains the task on the first view, the plain
 * one; the branches have no other task, and are dropped at inference. Terms: `kl/stage1`, … and `kl`.
 */
export const hierarchicalDistillation = (options: HierarchicalDistillationOptions = {}): Objective => {
  const settings = HierarchicalDistillationOptions.parse(options);
  const { teacher: source, stream, standardize } = settings;
  const needs = { name: NAME, teacher: source, stream, standardize } as const;
  const objective = withTeacher({ ...needs, view: 'all', views: 2 }, (given) => methodOf(given, settings));
  return { ...objective, views: 4, viewSet: 'sskd', ...(stream !== undefined && { viewStreams: [stream] }) };
};

export const hierarchicalDistillationPlugin = plugin({
  token: OBJECTIVE,
  name: NAME,
  summary: "HSAKD: every stage learns class and turn of an image from the teacher's same stage",
  when: 'You can afford four views and branches in both networks, and have trained the teacher’s.',
  source:
    'Yang et al., IJCAI 2021, released code, whose four turns of an image share one crop and flip; here each turn draws its own, as with SSKD',
  options: HierarchicalDistillationOptions,
  create: hierarchicalDistillation,
});
