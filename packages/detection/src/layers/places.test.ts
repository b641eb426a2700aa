import { tensor2d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { flatPlaces, rowsAndColumns } from './places.ts';

/** Odd numbers that float32 does not have. */
const BEYOND = 2 ** 24 + 1;

it('places in rows are told apart, however many there are', () => {
  const places = [0, 364, 365, BEYOND, BEYOND + 2, 2 ** 30 + 7];
  const { rows, columns } = rowsAndColumns(tensor2d([places], undefined, 'int32'), 365);
  expect([...rows.dataSync()]).toEqual(places.map((place) => Math.floor(place / 365)));
  expect([...columns.dataSync()]).toEqual(places.map((place) => place % 365));
  expect([rows.dtype, columns.dtype]).toEqual(['int32', 'int32']);
});

it('places of all images follow each other in one list, however many there are', () => {
  const images = Array.from({ length: 64 }, (_, i) => [i, 268_568]);
  const flat = flatPlaces(tensor2d(images, undefined, 'int32'), 268_569);
  expect([...flat.dataSync()]).toEqual(images.flatMap((own, i) => own.map((place) => i * 268_569 + place)));
  expect(Math.max(...flat.dataSync())).toBeGreaterThan(BEYOND);
});
