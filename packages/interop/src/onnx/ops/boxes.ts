import type { OpCall, OpTable, WriteOp } from '../opCall.ts';

/** The largest numbers of each row and their places, equal ones in order, as TensorFlow has it. */
const topK: WriteOp = (call) => {
  const [k] = call.numbers(1) as [number];
  const [values, places] = call.writer.addMany('TopK', [call.input(0), call.writer.list([k])], {}, 2) as [
    string,
    string,
  ];
  call.give(values);
  call.give(call.writer.cast(places, 'int32'), 1);
};

const scalar = (call: OpCall, i: number): string => call.writer.reshape(call.input(i), [1]);

/**
 * `NonMaxSuppressionV4`: places of the boxes that are kept, zeros after them, and how many there are. ONNX tells image, class and
 * place of each, without zeros.
 */
const suppress: WriteOp = (call) => {
  const { writer } = call;
  const [boxes] = call.shape(0) as [number];
  const [most] = call.numbers(2) as [number];
  const given = [
    writer.reshape(call.input(0), [1, boxes, 4]),
    writer.reshape(call.input(1), [1, 1, boxes]),
    writer.list([most]),
    scalar(call, 3),
    scalar(call, 4),
  ];
  const chosen = writer.add('NonMaxSuppression', given); // [n, 3]
  const places = writer.reshape(writer.add('Gather', [chosen, writer.list([2])], { axis: 1 }), [-1]);
  const filled = writer.add('Concat', [places, writer.list(Array.from({ length: most }, () => 0))], {
    axis: 0,
  });
  const cut = writer.add('Slice', [filled, writer.list([0]), writer.list([most]), writer.list([0])]);
  call.give(writer.cast(cut, 'int32'));
  const count = writer.reshape(writer.add('Shape', [places]), []);
  call.give(writer.cast(count, 'int32'), 1);
};

/** Ops with which detectors choose among boxes. */
export const boxOps: OpTable = { TopKV2: topK, NonMaxSuppressionV4: suppress };
