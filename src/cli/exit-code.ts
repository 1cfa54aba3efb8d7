import type { Outcome } from '../domain/verdict.ts';

/**
 * The exit codes of `lazaret`, the same for every command. Scripts depend on them: a number never changes its meaning.
 * Only a verdict (or `verify-bundle`) gives 1, so that no crash can be mistaken for "this image failed".
 */
export const EXIT = {
  /** Done; for `verify`: the image passes. */
  ok: 0,
  /** `verify`: the image fails its policy. */
  failed: 1,
  /** The call, the configuration, a policy or an input is wrong: trying again changes nothing. */
  usage: 2,
  /** Something outside did not do its part: for `verify`, it could not be told whether the image passes. */
  couldNotTell: 3,
  /** `verify`: limits cut the look at the image short. */
  rejected: 4,
  /** A defect of Lazaret itself (EX_SOFTWARE of sysexits.h). */
  defect: 70,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code that says this outcome. */
export function exitCodeOf(outcome: Outcome): ExitCode {
  switch (outcome) {
    case 'pass':
      return EXIT.ok;
    case 'fail-evidence':
    case 'fail-missing':
      return EXIT.failed;
    case 'indeterminate':
      return EXIT.couldNotTell;
    case 'rejected-input':
      return EXIT.rejected;
  }
}
