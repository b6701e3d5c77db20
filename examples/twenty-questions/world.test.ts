import { expect, it } from 'vitest';
import { PROPERTIES, THINGS } from './world.ts';

it('has no two things with the same properties, so that questions can always tell them apart', () => {
  const signatures = [...THINGS.values()].map((properties) => [...properties].toSorted().join(' '));
  expect(new Set(signatures).size).toBe(THINGS.size);
});

it('uses only properties one can ask about', () => {
  const known = new Set(PROPERTIES.map(({ name }) => name));
  expect(
    [...THINGS.values()].flatMap((properties) => [...properties]).filter((name) => !known.has(name)),
  ).toEqual([]);
});
