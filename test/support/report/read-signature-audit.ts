/** What `npm audit signatures --json` answered for one folder. */
export interface AuditedFolder {
  readonly folder: string;
  /** `null` for one that was ended, because nobody answered in time, or never ran. */
  readonly exitCode: number | null;
  readonly output: string;
  /** Why npm could not be asked at all. */
  readonly problem?: string;
}

/** Signed, not signed as it should be, or not known here; never one taken for another. */
export type SignatureAudit =
  | { readonly kind: 'signed' }
  | { readonly kind: 'broken'; readonly words: readonly string[] }
  | { readonly kind: 'not offered'; readonly words: string };

interface Audited {
  readonly name: string;
  readonly version: string;
}

interface NpmAnswer {
  readonly invalid?: readonly Audited[];
  readonly missing?: readonly Audited[];
  readonly error?: { readonly code?: string | null; readonly summary?: string };
}

/**
 * What npm's own words say. A mirror may serve packages without their signatures, and a machine may not reach where the
 * keys are published: then nothing is known, which is neither a pass nor a failure. Pure.
 */
export function readSignatureAudit(folders: readonly AuditedFolder[]): SignatureAudit {
  const read = folders.map(readFolder);
  const broken = read.flatMap((each) => (each.kind === 'broken' ? each.words : []));
  if (broken.length > 0) return { kind: 'broken', words: broken };
  const unknown = read.find((each) => each.kind === 'not offered');
  if (unknown !== undefined) return unknown;
  return read.length > 0 ? { kind: 'signed' } : { kind: 'not offered', words: 'no folder has packages of npm' };
}

function readFolder({ folder, exitCode, output, problem }: AuditedFolder): SignatureAudit {
  const where = folder === '' ? 'the packages' : `the packages of ${folder}`;
  if (exitCode === null) {
    return { kind: 'not offered', words: `${where} were not audited: ${problem ?? 'nobody answered in time'}` };
  }
  const answer = parse(output);
  if (answer === undefined) return { kind: 'broken', words: [`npm said nothing of ${where} that can be read`] };
  const { invalid = [], missing = [], error } = answer;
  const named = [
    ...invalid.map(({ name, version }) => `${name}@${version} has a signature or attestation that is not right`),
    ...missing.map(({ name, version }) => `${name}@${version} has no signature where others have one`),
  ];
  if (named.length > 0) return { kind: 'broken', words: named };
  if (exitCode === 0 && error === undefined) return { kind: 'signed' };
  const words = withoutHosts(error?.summary ?? '');
  if (isUnreachable(error?.code, words)) return { kind: 'not offered', words: `${where} were not audited: ${words}` };
  return { kind: 'broken', words: [`npm could not audit ${where}: ${words || `it ended with code ${exitCode}`}`] };
}

/** The codes of Node and npm for a network or server that is not there, and npm's words for one without keys. */
function isUnreachable(code: string | null | undefined, words: string): boolean {
  const unreachable = /^(ENOTFOUND|EAI_AGAIN|ECONN\w+|E(NET|HOST)\w+|ETIMEDOUT|ERR_SOCKET_TIMEOUT|E40[347]|E5\d\d)$/;
  return unreachable.test(code ?? '') || words.includes('installed from a supported registry');
}

/** Where packages come from here is nobody else's business. */
function withoutHosts(words: string): string {
  return words.replaceAll(/https?:\/\/\S+/g, 'the server').slice(0, 200);
}

function parse(output: string): NpmAnswer | undefined {
  try {
    const answer = JSON.parse(output) as unknown;
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}
