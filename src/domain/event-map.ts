import type { Json } from '../kit/json.ts';

/** What an operator can say of an event, in the order it is shown. */
export const EVENT_FIELDS = ['repository', 'tag', 'digest', 'kind', 'time', 'host', 'actor', 'id'] as const;

export type EventField = (typeof EVENT_FIELDS)[number];

/** What an expression came to. `absent`: the event has nothing there, or null. */
export type MappedValue =
  | { readonly kind: 'value'; readonly value: string | number | boolean }
  | { readonly kind: 'absent' }
  | { readonly kind: 'fault'; readonly why: string };

/** What is said of one event; only what the map has an expression for. */
export type MappedEvent = Readonly<Partial<Record<EventField, MappedValue>>>;

/** Where an operator says that events have what. */
export interface EventMap {
  /** The expressions as they are written, by their keys: two maps that say the same are the same. */
  readonly written: Readonly<Record<string, string>>;
  /**
   * Finds the events in a body: for each a function that reads it.
   * @throws {InvalidInputError} as these functions do, `EVENT_TOO_LARGE` where a body takes more work than it may
   */
  read(body: Json, headers: Readonly<Record<string, string>>): readonly (() => MappedEvent)[];
}
