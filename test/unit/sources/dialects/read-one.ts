import type { Dialect, RegistryEvent } from '../../../../src/domain/registry-event.ts';
import { InvalidInputError } from '../../../../src/kit/errors.ts';

/** The only event of a body. */
export function readOne(
  dialect: Dialect,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): RegistryEvent {
  const events = dialect({ body: Buffer.from(JSON.stringify(body)), headers });
  const [event] = events;
  if (event === undefined || events.length > 1) throw new Error(`expected one event, got ${events.length}`);
  return event;
}

/** Where a body is refused, with `EVENT_MALFORMED`. */
export function whereRefused(
  dialect: Dialect,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): string | undefined {
  try {
    dialect({ body: Buffer.from(JSON.stringify(body)), headers });
  } catch (error) {
    if (error instanceof InvalidInputError && error.code === 'EVENT_MALFORMED') return error.issues[0]?.where;
    throw error;
  }
  throw new Error('nothing was refused');
}
