/**
 * Training from image files to updated weights as users of Understory do it, for `bench.ts --files`. A `step` is a turn
 * of several; the first few are not counted: their batches were read while others had their turn.
 */
import { parseArgs } from 'node:util';
import {
  parameterCount,
  prepareTraining,
  type StepEvent,
  type Training,
} from '../../packages/core/src/index.ts';
import { compiledRunner, loadEngine, type CompiledRunnerOptions } from '../../packages/engine/src/index.ts';
import { answerLines, timed } from './answer.ts';
import { cropViews, experimentOn, openFiles } from './experiment.ts';

const { values } = parseArgs({
  options: {
    files: { type: 'string' },
    model: { type: 'string', default: 'resnet18' },
    width: { type: 'string', default: '1' },
    batch: { type: 'string', default: '32' },
    size: { type: 'string', default: '32' },
    steps: { type: 'string', default: '12' },
    skip: { type: 'string', default: '4' },
    options: { type: 'string', default: '{}' },
  },
});
const [batch, size, steps, skip] = [values.batch, values.size, values.steps, values.skip].map(Number) as [
  number,
  number,
  number,
  number,
];

/** The next steps' events. */
const stepsOf = (training: Training): (() => Promise<StepEvent>) => {
  const events = training.events();
  return async () => {
    for (;;) {
      const { value, done } = await events.next();
      if (done) throw new Error('the run has ended');
      if (value.type === 'step') return value;
    }
  };
};

await answerLines(async () => {
  const engine = await loadEngine();
  const dataset = await openFiles(values.files!, size);
  const task = { model: values.model, width: Number(values.width), batch, views: cropViews };
  const experiment = { ...experimentOn(dataset, task), epochs: 1000 };
  const runner = compiledRunner(JSON.parse(values.options) as CompiledRunnerOptions);
  const training = await prepareTraining(experiment, { runner });
  const { backbone, modules } = training.network;
  const next = stepsOf(training);
  return {
    ready: `${engine.description}, ${dataset.train.length} files`,
    parameters: [backbone.model, ...Object.values(modules)].reduce((sum, m) => sum + parameterCount(m), 0),
    commands: {
      async step() {
        for (let i = 0; i < skip; i++) await next();
        let waited = 0;
        const [{ loss }, { wall, cpu }] = await timed(async () => {
          let event = await next();
          for (let i = 1; ; i++) {
            waited += (event.waiting * batch * 1000) / event.imagesPerSecond;
            if (i === steps) return event;
            event = await next();
          }
        });
        return { wall: wall / steps, cpu: cpu / steps, loss, waiting: waited / wall };
      },
    },
  };
});
