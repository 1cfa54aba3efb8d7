import type { JobKind, QueueWindow } from '../ports/job-queue.ts';
import type { Way } from './in-flight-window.ts';
import type { InFlightWindows } from './in-flight-windows.ts';
import { JOB_KINDS } from './job-schema.ts';

/** What the sweeper sees of what is in flight; `wayOf` tells which way a job of a kind goes now. */
export function windowOf(windows: InFlightWindows, wayOf: (kind: JobKind) => Way): QueueWindow {
  return {
    room: (kind) => windows[kind].room(wayOf(kind)),
    inFlight: (kind) => windows[kind].inFlight(),
    elsewhere: (kind) => windows[kind].elsewhere(),
    forget: (kind, ids) => windows[kind].forget(ids),
    leave: (kind) => windows[kind].leave(),
    isBehind: () => JOB_KINDS.some((kind) => windows[kind].isBehind()),
    takeBehind: () => new Set(JOB_KINDS.filter((kind) => windows[kind].takeBehind())),
    onRoom: (listener) => {
      for (const kind of JOB_KINDS) windows[kind].onRoom(listener);
    },
  };
}
