import { expect, it } from 'vitest';
import { openSource } from '../sources/openSource.ts';
import { writeTree } from '../testing/temporary.test.support.ts';
import { pictureFinder } from './findPictures.ts';

it('takes no picture of another split for one that is missing', async () => {
  const source = await openSource(
    await writeTree({ 'train/0.jpg': 'x', 'test/0.jpg': 'x', 'test/3.jpg': 'x', 'more/4.jpg': 'x' }),
  );
  const find = pictureFinder(source);
  const found = (name: string, split: 'train' | 'test' | 'all'): string | undefined => {
    const index = find(name, split);
    return index === undefined ? undefined : source.files[index]?.path;
  };
  expect(found('0.jpg', 'train')).toBe('train/0.jpg');
  expect(found('3.jpg', 'train')).toBeUndefined();
  expect(found('train/3.jpg', 'train')).toBeUndefined();
  expect(found('3.jpg', 'test')).toBe('test/3.jpg');
  expect(found('3.jpg', 'all')).toBe('test/3.jpg');
  expect(found('4.jpg', 'train')).toBe('more/4.jpg');
  await source.close();
});
