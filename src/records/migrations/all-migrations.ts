// The room `records/migrations`: the steps that create and change the tables. Steps are added, never changed.

import { createRecord } from './0001-record.ts';
import { boundRepeats } from './0002-repeats.ts';
import { findDigests } from './0003-digests.ts';
import { findOpenSubjects } from './0004-open-subjects.ts';
import { rememberFamilies } from './0005-families.ts';
import { lookAgain } from './0006-second-looks.ts';
import { rememberEvidence } from './0007-known-evidence.ts';
import { rememberArtifacts } from './0008-artifacts.ts';
import { joinQueue } from './0009-lines.ts';
import { forgetEvidence } from './0010-noted-by.ts';
import { rememberHidden } from './0011-hidden-evidence.ts';
import { undoFalseMarks } from './0012-undo.ts';
import { rememberUntold } from './0013-could-not-tell.ts';
import { gatherNotices } from './0014-gathering.ts';
import { rememberSweeps } from './0015-sweeps.ts';
import { askForRepositories } from './0016-asked-repositories.ts';
import { findClockAhead } from './0017-clock-ahead.ts';
import { keepLockedImages } from './0018-locked-images.ts';
import { rememberCapabilities } from './0019-capabilities.ts';
import { leaveConcerns } from './0020-left-concerns.ts';
import { rememberRehearsals } from './0021-rehearsals.ts';
import { findByIndex } from './0022-found-by-index.ts';
import { rememberResumed } from './0023-resumed.ts';
import { agreeOnEpochs } from './0024-trust-epochs.ts';
import { findEffectsOfVerdicts } from './0025-effects-of-verdicts.ts';
import { countByIndex } from './0026-counted-by-index.ts';
import { findInLanes } from './0027-found-in-lanes.ts';
import type { Migration } from './migration.ts';

/** Every step, in order. */
export const ALL_MIGRATIONS: readonly Migration[] = [
  createRecord,
  boundRepeats,
  findDigests,
  findOpenSubjects,
  rememberFamilies,
  lookAgain,
  rememberEvidence,
  rememberArtifacts,
  joinQueue,
  forgetEvidence,
  rememberHidden,
  undoFalseMarks,
  rememberUntold,
  gatherNotices,
  rememberSweeps,
  askForRepositories,
  findClockAhead,
  keepLockedImages,
  rememberCapabilities,
  leaveConcerns,
  rememberRehearsals,
  findByIndex,
  rememberResumed,
  agreeOnEpochs,
  findEffectsOfVerdicts,
  countByIndex,
  findInLanes,
];
