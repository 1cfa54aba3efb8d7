/** A repository in git, and what of it, as provenance or a policy writes it. */
export interface GitPlace {
  /**
   * In the one form in which repositories are compared and shown: `https://github.com/acme/app`. Without user, `.git`,
   * final slash and default port; the host in small letters; by `https`, also where it was written for SSH as forges
   * write it. A port, another user of SSH or a transport that proves nothing (`http`, `git`) makes another repository.
   */
  readonly repository: string;
  /** As written after `@` or `#`: `refs/tags/v1`, a bare name, or a commit. */
  readonly ref?: string;
}

/**
 * Reads an address in git in every form that builders and people write: `git+https://HOST/PATH@REF` (SPDX), with `git+`
 * or without, `https://HOST/PATH.git#REF:FOLDER` (Docker), `ssh://git@HOST/PATH`, `git@HOST:PATH`. `undefined` for all
 * else, and for what different programs could take for different repositories: dot segments, needless percent-encoding,
 * backslashes, queries, white space, an `@` in a user's name, an address of a host that is not in its usual form.
 * https://spdx.github.io/spdx-spec/v2.3/package-information/#77-package-download-location-field
 * https://docs.docker.com/build/concepts/context/#git-repositories
 */
export function parseGitUri(written: string): GitPlace | undefined {
  // Longer than any URL a browser or a forge takes; every step below is linear all the same.
  if (written.length > 2_048 || /[\s\p{C}\\?]/u.test(written)) return undefined;
  const text = written.replace(/^git\+/, '');
  const parts = splitUrl(text) ?? splitScp(text);
  if (parts === undefined) return undefined;
  const origin = originOf(parts);
  const [, rawPath = '', mark, rest = ''] = /^([^@#]*)(?:([@#])(.*))?$/.exec(parts.tail) ?? [];
  const path = canonicalPath(rawPath);
  // After a Docker ref comes a folder in it, after one of SPDX a file.
  const ref = mark === '#' ? rest.split(':', 1)[0] : rest.split('#', 1)[0];
  if (origin === undefined || path === undefined || (mark !== undefined && rest === '')) return undefined;
  if (mark === '@' && ref === '') return undefined;
  return { repository: `${origin}/${path}`, ...(ref !== undefined && ref !== '' && { ref }) };
}

interface Parts {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly host: string;
  /** Path and ref, without the slash before them. */
  readonly tail: string;
}

function splitUrl(text: string): Parts | undefined {
  // The authority ends at the first of / ? # (RFC 3986 §3.2): what looks like a host after it is none.
  const [, scheme, authority, tail] = /^(https|http|ssh|git):\/\/([^/#]+)\/(.*)$/.exec(text) ?? [];
  if (scheme === undefined || authority === undefined || tail === undefined) return undefined;
  const pieces = authority.split('@');
  const host = pieces.at(-1) ?? '';
  return pieces.length > 2 ? undefined : { scheme, user: pieces.length === 2 ? pieces[0] : undefined, host, tail };
}

// `git@HOST:PATH`, as `git clone` takes it. A path that begins with a slash is another one than the same path in the
// user's home.
function splitScp(text: string): Parts | undefined {
  const [, user, host, tail] = /^([A-Za-z0-9_.-]+)@([^:/@#]+):(?!\/)(.+)$/.exec(text) ?? [];
  return user === undefined || host === undefined || tail === undefined || host.includes('[')
    ? undefined
    : { scheme: 'ssh', user, host, tail };
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { https: '443', http: '80', ssh: '22', git: '9418' };

function originOf({ scheme, user, host: written }: Parts): string | undefined {
  const [, name = '', port] = /^(\[[0-9a-f:]+\]|[^:]+)(?::([1-9][0-9]{0,4}))?$/.exec(written.toLowerCase()) ?? [];
  if (!isHost(name) || Number(port ?? 1) > 65_535) return undefined;
  const host = port === undefined || port === DEFAULT_PORTS[scheme] ? name : `${name}:${port}`;
  if (scheme === 'http' || scheme === 'git') return `${scheme}://${host}`;
  // Over HTTPS the user says who asks, not which repository is asked for.
  if (scheme === 'https') return `https://${host}`;
  // Over SSH to a machine that is no forge, the user decides in whose folder the path begins: `mallory@HOST:acme/app`.
  if (user === 'git' && host === name) return `https://${host}`;
  if (user !== undefined && !/^[A-Za-z0-9_.-]+$/.test(user)) return undefined;
  return `ssh://${user === undefined ? '' : `${user}@`}${host}`;
}

// A name or address in the one way of writing it that every client takes for this host: `https://5/` asks 0.0.0.5
// (https://url.spec.whatwg.org/#concept-host-parser), so a policy that says the one would be met by the other.
function isHost(name: string): boolean {
  const isWritten =
    name.startsWith('[') || /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/.test(name);
  return isWritten && URL.canParse(`https://${name}/`) && new URL(`https://${name}/`).hostname === name;
}

function canonicalPath(written: string): string | undefined {
  const path = written.replace(/\/$/, '').replace(/\.git$/, '');
  const isPlain = path.split('/').every((segment) => isSegment(segment));
  return isPlain && !hasNeedlessEncoding(path) ? path : undefined;
}

function isSegment(segment: string): boolean {
  return segment !== '.' && segment !== '..' && /^(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})+$/.test(segment);
}

// A path that encodes characters without need (letters, dots) or to hide them (slashes, control characters) is another
// path for programs that decode it: https://www.rfc-editor.org/rfc/rfc3986#section-2.3
function hasNeedlessEncoding(path: string): boolean {
  const codes = path.match(/%[0-9A-Fa-f]{2}/g) ?? [];
  return codes.some((code) =>
    /[A-Za-z0-9._~/\\%\p{C}-]/u.test(String.fromCharCode(Number.parseInt(code.slice(1), 16))),
  );
}
