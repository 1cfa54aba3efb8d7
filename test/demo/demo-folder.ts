import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** The demo's folder, relative to the checkout as it stands in commands. Tests take one of their own. */
export const DEMO_FOLDER = process.env['LAZARET_DEMO_FOLDER'] ?? '.demo';

export interface DemoFolder {
  readonly path: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

/** Makes the demo's folder; takes over one whose demo is dead. @throws Error when another demo is running here */
export async function takeDemoFolder(): Promise<DemoFolder> {
  const path = resolve(ROOT, DEMO_FOLDER);
  const holder = Number(await readFile(join(path, 'pid'), 'utf8').catch(() => '0'));
  if (isRunning(holder)) throw new Error(`another demo is running in ${path} (process ${holder}); end it first`);
  await rm(path, { recursive: true, force: true });
  // The embedded PostgreSQL of root runs as another user, who has to pass through.
  await mkdir(path, { mode: 0o711 });
  const write: DemoFolder['write'] = async (files) => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(path, name)), { recursive: true, mode: 0o711 });
      await writeFile(join(path, name), content, { mode: 0o600 });
    }
  };
  await write({ pid: String(process.pid) });
  return { path, write, stop: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }) };
}

function isRunning(pid: number): boolean {
  if (pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
