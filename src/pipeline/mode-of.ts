import type { MarkMode } from '../domain/mark-name.ts';
import type { QuarantineSettings } from './pipeline-context.ts';

/** How images of this registry are marked. */
export function modeOf({ mode, modes }: Pick<QuarantineSettings, 'mode' | 'modes'>, registryId: string): MarkMode {
  return modes.get(registryId) ?? mode;
}
