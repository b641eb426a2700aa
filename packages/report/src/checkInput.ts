import { UnderstoryError, type NdArray } from '@understory/core';
import type { Picture, ReportInput, ReportMethod } from './input.ts';

const refuse = (what: string): never => {
  throw new UnderstoryError('report-input', `The report cannot be made: ${what}.`);
};

const checkPicture = ({ shape, data, dtype }: Picture, where: string): void => {
  const [height = 0, width = 0, channels] = shape;
  const sound =
    dtype === 'uint8' && shape.length === 3 && channels === 3 && data.length === height * width * 3;
  if (!sound || data.length === 0) {
    refuse(`${where} is ${dtype} [${shape.join(', ')}] with ${data.length} values; it wants uint8 [h, w, 3]`);
  }
};

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
  const { predictions, embeddings = [], label } = method;
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
  for (const { stage, values } of embeddings) {
    if (!input.sample) refuse(`"${label}" has embeddings, but \`sample\` with their labels is missing`);
    checkRows(values, input.sample?.labels.length ?? 0, `the embedding of ${stage} in "${label}"`);
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
    checkLabels(sample.labels, dataset.classes.length, 'the sample');
    const { pictures: shown = [] } = sample;
    if (shown.length > 0 && shown.length !== sample.labels.length) {
      refuse(`the sample has ${sample.labels.length} labels and ${shown.length} pictures`);
    }
    shown.forEach((p, i) => checkPicture(p, `picture ${i} of the sample`));
  }
  for (const { label, views: shown } of views?.samples ?? []) {
    checkLabels(Int32Array.of(label), dataset.classes.length, 'the gallery of views');
    shown.forEach((p) => checkPicture(p, 'a view'));
  }
  pictures?.forEach(({ picture }, at) => checkPicture(picture, `test picture ${at}`));
};
