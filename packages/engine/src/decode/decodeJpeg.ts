import { UnderstoryError } from '@understory/core';
import { attribute } from '../compile/graph/attributes.ts';
import { Definitions } from '../compile/graph/definitions.ts';
import { GraphBuilder } from '../compile/graph/graphBuilder.ts';
import { ownAddon, TF } from '../compile/graph/native.ts';
import { Session, type Plan } from '../compile/run/session.ts';
import { sessionConfig } from '../compile/run/sessionConfig.ts';

interface Decoder {
  readonly session: Session;
  readonly plan: Plan;
}

let decoder: Decoder | undefined;

/** Each file is decoded in the thread of Node's pool that it comes in: no others are waited for. */
const makeDecoder = (): Decoder => {
  const native = ownAddon();
  const builder = new GraphBuilder(native, new Definitions(native, ['CPU']));
  const file = builder.placeholder(TF.string, []);
  const pixels = builder.value(
    'DecodeJpeg',
    [file],
    [attribute.int('channels', 3), attribute.string('dct_method', 'INTEGER_ACCURATE')],
  );
  const config = sessionConfig({ optimizers: false, threads: { inter: -1 }, cpuOnly: true });
  const session = new Session(native, builder, config);
  return { session, plan: session.plan('decode a JPEG', [file], [pixels], []) };
};

/** Colours [height, width, 3] of a picture, in 0…255. */
export interface DecodedJpeg {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/**
 * Decodes a JPEG of three planes by TensorFlow, as its pixels are stored: libjpeg-turbo with its exact inverse DCT, in Node's thread
 * pool. Errors: whatever TensorFlow says of a file that it cannot read; `engine-missing` where `loadEngine` has not found the addon.
 */
export const decodeJpeg = async (bytes: Uint8Array): Promise<DecodedJpeg> => {
  const { session, plan } = (decoder ??= makeDecoder());
  const { outputs } = await session.run(plan, [{ dtype: TF.string, shape: [], data: bytes }]);
  const [made] = outputs;
  const [height, width] = made?.shape ?? [];
  if (made && height !== undefined && width !== undefined)
    return { data: new Uint8Array(made.data), height, width };
  throw new UnderstoryError('bad-image', 'the decoder gave no picture');
};
