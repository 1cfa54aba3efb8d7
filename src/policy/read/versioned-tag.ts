/** A version as far as it was given. */
interface Version {
  readonly major: string;
  readonly minor: string | undefined;
  readonly patch: string | undefined;
  readonly prerelease: string | undefined;
}

// https://semver.org/#backusnaur-form-grammar-for-valid-semver-versions, with "v" before and minor and patch optional.
const NUMBER = '(0|[1-9]\\d{0,15})';
const VERSION = new RegExp(
  `^v${NUMBER}(?:\\.${NUMBER}(?:\\.${NUMBER}(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+[0-9A-Za-z.-]+)?)?)?$`,
);

/** Whether this is `v1`, `v1.2`, `v1.2.3` or `v1.2.3-rc.1`. */
export function isVersion(text: string): boolean {
  return text.length <= 256 && VERSION.test(text);
}

/**
 * Whether a tag is of the wanted version: major equal, minor and patch if the wanted version gives them, a prerelease
 * belongs to its patch, build metadata does not count. A tag that leaves minor or patch out means zero.
 * https://github.com/slsa-framework/slsa-verifier#option---source-versioned-tag
 */
export function matchesVersionedTag(wanted: string, tag: string): boolean {
  const [want, found] = [parse(wanted), parse(tag)];
  if (want === undefined || found === undefined) return false;
  if (want.major !== found.major) return false;
  if (want.minor === undefined) return true;
  if (want.minor !== (found.minor ?? '0')) return false;
  if (want.patch === undefined) return true;
  return want.patch === (found.patch ?? '0') && want.prerelease === found.prerelease;
}

function parse(text: string): Version | undefined {
  const parts = text.length <= 256 ? VERSION.exec(text) : null;
  if (parts === null) return undefined;
  const [, major = '', minor, patch, prerelease] = parts;
  return { major, minor, patch, prerelease };
}
