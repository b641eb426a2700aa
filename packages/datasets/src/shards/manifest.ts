import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { badDataset, systemReason } from '../errors.ts';

export const MANIFEST = 'manifest.json';

const count = z.int().min(0);
const Split = z.strictObject({
  samples: count,
  shards: z.array(
    z.strictObject({ file: z.string(), samples: count, bytes: count, sha256: z.string().length(64) }),
  ),
});

/** What `data pack` writes beside shards. */
export const Manifest = z.strictObject({
  format: z.literal('understory-shards-1'),
  name: z.string(),
  classes: z.array(z.string()).min(1),
  /** Pixels of the shorter side that larger images were made smaller to. */
  resized: z.int().positive().optional(),
  splits: z.strictObject({ train: Split, validation: Split.optional(), test: Split.optional() }),
});
export type Manifest = z.output<typeof Manifest>;
export type ManifestSplit = z.output<typeof Split>;

/** Largest manifest that is read, in bytes: ten million samples in shards of 256 MB take a tenth of it. */
const MAX_MANIFEST = 2 ** 26;

const isOurs = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  String((value as { format?: unknown }).format).startsWith('understory-');

/** The manifest of a folder; nothing where there is none, or one of another program. Errors: `bad-dataset`. */
export const readManifest = async (folder: string): Promise<Manifest | undefined> => {
  const file = path.join(folder, MANIFEST);
  let text: Buffer;
  try {
    text = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw badDataset(file, systemReason(error));
  }
  if (text.length > MAX_MANIFEST) throw badDataset(file, `it has ${text.length} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text.toString());
  } catch {
    throw badDataset(
      file,
      "it is no JSON. Pack the data again, or delete the file and name the dataset's option classes",
    );
  }
  if (!isOurs(value)) return undefined;
  const { data, error } = Manifest.safeParse(value);
  if (data) return data;
  const [issue] = error.issues;
  throw badDataset(
    file,
    `${issue?.path.join('.') ?? ''}: ${issue?.message.slice(0, 80) ?? 'damaged'}. Pack the data again, or delete the file and name the dataset's option classes`,
  );
};

/**
 * Errors: `bad-dataset` where a shard has another size than the manifest says, or one is missing and all are asked for.
 * `found` are sizes by name.
 */
export const checkAgainst = (
  { splits }: Manifest,
  folder: string,
  { found, all }: { readonly found: ReadonlyMap<string, number>; readonly all: boolean },
): void => {
  for (const { shards } of [splits.train, splits.validation, splits.test].flatMap((split) => split ?? []))
    for (const { file, bytes } of shards) {
      const size = found.get(file);
      if (size === bytes || (size === undefined && !all)) continue;
      const what = size === undefined ? `there is no ${file}` : `${file} has ${size} bytes, not ${bytes}`;
      throw badDataset(folder, `${what}, as manifest.json says. Copy or pack it again`);
    }
};
