import type { RegistryEvent } from '../../domain/registry-event.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { ignoredEvent } from './announce-event.ts';

/**
 * Reads the events of a list, each for itself: one that cannot be read is ignored with the reason, so that the others
 * are not lost with it. A list in which none can be read is refused as a whole.
 * @throws {InvalidInputError} what is wrong with the first, where none can be read
 */
export function parseEach<T>(
  values: readonly T[],
  read: (value: T, index: number) => readonly RegistryEvent[],
): readonly RegistryEvent[] {
  const refusals: InvalidInputError[] = [];
  const events = values.flatMap((value, index) => {
    try {
      return read(value, index);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      refusals.push(error);
      return [ignoredEvent(`it cannot be read: ${error.message}`)];
    }
  });
  const [first] = refusals;
  if (first !== undefined && refusals.length === values.length) throw first;
  return events;
}
