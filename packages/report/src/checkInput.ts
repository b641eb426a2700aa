import type { NdArray } from '@understory/core';
import { checkExamples, checkSaid } from './checkExamples.ts';
import { checkPicture } from './checkPicture.ts';
import { sampleSize, type KeptSeeds, type ReportInput, type ReportMethod } from './input.ts';
import { refuse } from './refuse.ts';

const checkRows = ({ shape, data }: NdArray, rows: number, where: string): void => {
  const [n = 0, width = 0] = shape;
  if (shape.length !== 2 || n !== rows || data.length !== n * width) {
    refuse(`${where} has shape [${shape.join(', ')}] and ${data.length} values; it wants ${rows} rows`);
  }
};

const checkLabels = (labels: Int32Array, classes: number, where: string): void => {
  const wrong = labels.find((label) => !(label >= 0 && label < classes));
  if (wrong !== undefined) refuse(`${where} holds label ${wrong}; there are ${classes} classes`);
};

const checkMethod = (method: ReportMethod, input: ReportInput): void => {
  const { predictions, embeddings = [], label, boxes } = method;
  const classes = input.dataset.classes.length;
  if (predictions) {
    const { logits, labels } = predictions;
    if (predictions.classes !== classes) {
      refuse(`"${label}" predicts ${predictions.classes} classes, the dataset has ${classes}`);
    }
    if (logits.length !== labels.length * classes) {
      refuse(`"${label}" has ${logits.length} logits for ${labels.length} images of ${classes} classes`);
    }
    checkLabels(labels, classes, `"${label}"`);
  }
  for (const { stage, values, again } of embeddings) {
    if (!input.sample) refuse(`"${label}" has embeddings, but \`sample\` with their labels is missing`);
    checkRows(values, sampleSize(input.sample), `the embedding of ${stage} in "${label}"`);
    if (!again) continue;
    checkRows(again, sampleSize(input.sample), `the second embedding of ${stage} in "${label}"`);
    if (again.data.length !== values.data.length)
      refuse(
        `the two embeddings of ${stage} in "${label}" have ${values.shape[1]} and ${again.shape[1]} columns`,
      );
  }
  checkSaid(method, input.examples);
  for (const { picture } of [...(boxes?.misses ?? []), ...(boxes?.falseAlarms ?? [])])
    checkPicture(picture, `a mistake of "${label}"`);
};

const checkKept = ({ seeds, methods }: KeptSeeds): void => {
  if (seeds.length === 0 || methods.length === 0) refuse('`kept` has no seed or no method');
  for (const { label, accuracy } of methods) {
    if (accuracy.length !== seeds.length)
      refuse(`"${label}" has ${accuracy.length} accuracies of ${seeds.length} kept seeds`);
    const odd = accuracy.find((value) => !(value >= 0 && value <= 1));
    if (odd !== undefined) refuse(`a kept accuracy of "${label}" is ${odd}; it lies between 0 and 1`);
  }
};

/** Refuses data that does not fit together. Errors: `report-input`, which names the part and both sizes. */
export const checkInput = (input: ReportInput): void => {
  const { methods, dataset, sample, views, pictures } = input;
  if (methods.length === 0) refuse('there is no method in it');
  methods.forEach((method) => checkMethod(method, input));
  const tested = methods.flatMap((m) => (m.predictions ? [m.predictions.labels] : []));
  if (
    tested.some((labels) => labels.length !== tested[0]!.length || labels.some((y, i) => y !== tested[0]![i]))
  ) {
    refuse('its methods were not tested on the same images in the same order');
  }
  if (sample) {
    const { labels, pictures: shown = [] } = sample;
    if (labels) checkLabels(labels, dataset.classes.length, 'the sample');
    if (shown.length > 0 && shown.length !== sampleSize(sample)) {
      refuse(`the sample has ${sampleSize(sample)} labels and ${shown.length} pictures`);
    }
    shown.forEach((p, i) => checkPicture(p, `picture ${i} of the sample`));
  }
  for (const { label, views: shown } of views?.samples ?? []) {
    if (label !== undefined)
      checkLabels(Int32Array.of(label), dataset.classes.length, 'the gallery of views');
    shown.forEach((p) => checkPicture(p, 'a view'));
  }
  if (input.kept) checkKept(input.kept);
  if (input.examples) checkExamples(input.examples, dataset.classes.length);
  pictures?.forEach(({ picture }, at) => checkPicture(picture, `test picture ${at}`));
};
