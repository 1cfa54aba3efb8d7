import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { errorCode } from '../../kit/error-code.ts';
import { FaultError } from '../../kit/errors.ts';
import { describeThisProcess, isRunning } from './process-identity.ts';

/** A folder that belongs to this process until it is released or the process ends. */
export interface FolderLock {
  release(): Promise<void>;
}

/** The process that holds a folder. */
export interface FolderHolder {
  readonly pid: number;
  readonly host: string;
  readonly isHere: boolean;
}

const HOLDER = z.object({
  pid: z.int(),
  host: z.string(),
  namespace: z.string(),
  started: z.string(),
  since: z.string(),
  token: z.string(),
});
type Holder = z.infer<typeof HOLDER>;

const HEARTBEAT_MS = 2_000;
// Three heartbeats and a little: a holder in another container or on another machine shows life by nothing else.
const WATCH_MS = 7_000;
const WATCH_STEP_MS = 250;
// Each round somebody else has taken or released the lock in between; more than this is a crowd, not a race.
const MAX_ROUNDS = 10;

/**
 * Takes a folder for this process alone, by a file in it that says who holds it. A lock whose process is dead is taken
 * over. @throws {FaultError} `DATA_DIR_IN_USE` that names the holder
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, 'lazaret.lock');
  const holder: Holder = { ...(await describeThisProcess()), since: new Date().toISOString(), token: randomUUID() };
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    if (await tryCreate(path, holder)) return holdLock(path, holder);
    const other = await readHolder(path);
    if (other === 'free') continue;
    if (await isHeld(path, other)) throw inUse(folder, other);
    await removeStale(path, other);
  }
  throw inUse(folder, await readHolder(path));
}

/** Who holds a folder, if anybody does; `isHere`: on this machine, in this container, where its pid means something. */
export async function findHolder(folder: string): Promise<FolderHolder | undefined> {
  const other = await readHolder(join(folder, 'lazaret.lock'));
  if (other === undefined || other === 'free') return undefined;
  const running = await isRunning(other);
  return running === false ? undefined : { pid: other.pid, host: other.host, isHere: running === true };
}

// The file is written under another name and then linked to this one, so nobody can read a lock that is half written.
async function tryCreate(path: string, holder: Holder): Promise<boolean> {
  const draft = `${path}.${holder.token}`;
  await writeFile(draft, JSON.stringify(holder), { mode: 0o644 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** `undefined`: the file is there and is not one of ours. */
async function readHolder(path: string): Promise<Holder | undefined | 'free'> {
  try {
    return HOLDER.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? 'free' : undefined;
  }
}

async function isHeld(path: string, other: Holder | undefined): Promise<boolean> {
  const running = other && (await isRunning(other));
  return running ?? showsLife(path);
}

async function showsLife(path: string): Promise<boolean> {
  const readTime = () => stat(path).then((found) => found.mtimeMs);
  try {
    const before = await readTime();
    for (let waited = 0; waited < WATCH_MS; waited += WATCH_STEP_MS) {
      await delay(WATCH_STEP_MS);
      if ((await readTime()) !== before) return true;
    }
    return false;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Moves a dead holder's file away. If another process was quicker and the file is its lock already, moves it back. */
async function removeStale(path: string, stale: Holder | undefined): Promise<void> {
  const aside = `${path}.stale-${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  const moved = await readHolder(aside);
  const isOther = moved !== 'free' && moved?.token !== stale?.token;
  if (isOther) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

function holdLock(path: string, holder: Holder): FolderLock {
  const beat = setInterval(() => {
    const now = new Date();
    // A full or vanished disk fails elsewhere, where the error is reported.
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  beat.unref();
  return {
    release: async () => {
      clearInterval(beat);
      const present = await readHolder(path);
      if (present !== 'free' && present?.token === holder.token) await rm(path, { force: true });
    },
  };
}

function inUse(folder: string, other: Holder | undefined | 'free'): FaultError {
  const who =
    other === undefined || other === 'free'
      ? 'another process'
      : `process ${other.pid} on ${other.host} since ${other.since}`;
  return new FaultError('DATA_DIR_IN_USE', `expected the folder ${folder} to be free, but ${who} uses it`, {
    retryable: false,
    hint: 'stop that daemon, or give this one a dataDir of its own',
  });
}
