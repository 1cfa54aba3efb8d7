import type { Role } from '../domain/role.ts';
import type { SharedTask } from '../domain/shared-task.ts';

/** What this process does for all processes on its record, and which others there are. */
export interface Leadership {
  /**
   * While this process does a task for all, a signal that fires when it no longer does; `undefined` while another does it.
   * Never two at a time, unless one of them hangs: it learns so at the latest when it goes on.
   */
  term(task: SharedTask): AbortSignal | undefined;
  /** Whether there are other processes on this record, as far as is known. */
  isShared(): boolean;
  /** How many processes have a role, this one included. */
  count(role: Role): number;
}
