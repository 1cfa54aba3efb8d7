import { userInfo } from 'node:os';

/** Who runs this command, for people who look at the record: who did it, not who may. */
export function userName(): string {
  try {
    return `${userInfo().username} (command line)`;
  } catch {
    return 'the command line';
  }
}
