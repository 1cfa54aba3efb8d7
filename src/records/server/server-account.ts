import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FaultError } from '../../kit/errors.ts';

/** A system user, by number. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** How to start a program as the user PostgreSQL runs as. */
export interface ServerAccount {
  /** `undefined`: the user we are ourselves. */
  readonly account: Account | undefined;
  /** Rewrites a command line so that it runs as that user. */
  command(
    program: string,
    args: readonly string[],
  ): { readonly program: string; readonly args: readonly string[]; readonly ids: Partial<Account> };
}

/**
 * Chooses who PostgreSQL runs as: ourselves; or, since it refuses to run as root, for root the owner of its folder if
 * there is one, else the system user `postgres`, else `nobody`. No user is created. Where that user may not pass
 * through the folders above (a checkout in `/root`), the server gets the one capability to pass through, no other.
 * @throws {FaultError} `DATA_DIR_UNWRITABLE` if there is no way
 */
export async function chooseServerAccount(folder: string, programs: readonly string[]): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return { account: undefined, command: (program, args) => ({ program, args, ids: {} }) };
  const account = (await ownerOf(folder)) ?? (await findSystemUser());
  const places = [folder, ...programs];
  const reachable = await Promise.all(places.map((place) => isReachable(place, account)));
  if (reachable.every(Boolean)) return { account, command: (program, args) => ({ program, args, ids: account }) };
  const prefix = await capabilityPrefix(account, folder);
  return {
    account,
    command: (program, args) => ({ program: prefix.program, args: [...prefix.args, program, ...args], ids: {} }),
  };
}

async function ownerOf(folder: string): Promise<Account | undefined> {
  const found = await stat(folder).catch(() => undefined);
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid };
}

// The number `nobody` has on every Linux since the kernel's own overflow user.
const NOBODY: Account = { uid: 65_534, gid: 65_534 };

async function findSystemUser(): Promise<Account> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const fields = passwd.split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const found = fields.find((each) => each[0] === name);
    const [uid, gid] = [Number(found?.[2]), Number(found?.[3])];
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  return NOBODY;
}

/** Whether every folder above lets this user pass. */
async function isReachable(path: string, account: Account): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

// https://man7.org/linux/man-pages/man7/capabilities.7.html: bit numbers. The first only passes through and reads; the
// second is what containers usually have instead.
const PASSING_CAPABILITIES = [
  { name: 'dac_read_search', bit: 2n },
  { name: 'dac_override', bit: 1n },
];
// Without it access(2), by which initdb looks for its programs, asks without any capability unless it is root who asks:
// https://man7.org/linux/man-pages/man2/access.2.html. Setting it takes CAP_SETPCAP.
const KEEP_IN_ACCESS = '--securebits=+no_setuid_fixup';
const CAP_SETPCAP = 8n;
const SETPRIV_PLACES = ['/usr/bin/setpriv', '/bin/setpriv'];

async function capabilityPrefix(
  account: Account,
  folder: string,
): Promise<{ readonly program: string; readonly args: readonly string[] }> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const capability = PASSING_CAPABILITIES.find(({ bit }) => (effective >> bit) & 1n);
  const program = await firstExecutable(SETPRIV_PLACES);
  if (capability === undefined || program === undefined) {
    throw new FaultError(
      'DATA_DIR_UNWRITABLE',
      `PostgreSQL does not run as root, and user ${account.uid} may not pass through the folders above ${folder}`,
      { retryable: false, hint: 'run Lazaret as an ordinary user, or put dataDir and Lazaret where others may pass' },
    );
  }
  const grants = [`--inh-caps=+${capability.name}`, `--ambient-caps=+${capability.name}`];
  const ids = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  const bits = (effective >> CAP_SETPCAP) & 1n ? [KEEP_IN_ACCESS] : [];
  return { program, args: [...bits, ...ids, ...grants, '--'] };
}

async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return path;
  }
  return undefined;
}
