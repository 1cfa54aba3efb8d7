import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The cosign program as the recorder calls it. */
export interface Cosign {
  /** `v3.1.3`. */
  readonly version: string;
  /** Runs it in this folder; it knows nothing of the user's own keys, credentials and caches. */
  run(args: readonly string[], cwd: string, env?: Readonly<Record<string, string>>): Promise<CosignRun>;
}

export interface CosignRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Passed for every key: all of them are made for the recording and thrown away with it. */
const PASSWORD = 'throw-away';

/** Nothing listens there: cosign must not ask the public instance for anything. */
const NO_MIRROR = 'http://127.0.0.1:9';

/**
 * Finds cosign: the program named by `COSIGN`, or the first on the PATH.
 * @throws Error in words that say how to get it.
 */
export async function findCosign(env: Readonly<Record<string, string | undefined>>): Promise<Cosign> {
  const path = [env['COSIGN'], ...(env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'cosign'))].find(
    (candidate) => candidate !== undefined && candidate !== '' && isProgram(candidate),
  );
  if (path === undefined) {
    throw new Error(
      'cosign is not there: name it in COSIGN or put it on the PATH. ' +
        'It comes from https://github.com/sigstore/cosign/releases, or by ' +
        '`go install github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3`.',
    );
  }
  const run: Cosign['run'] = (args, cwd, more = {}) => execute(path, args, cwd, more);
  const { stdout } = await run(['version', '--json'], '/');
  const [, version] = /"gitVersion":\s*"([^"]+)"/.exec(stdout) ?? [];
  if (version === undefined) throw new Error(`${path} does not say which version of cosign it is`);
  return { version, run };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function execute(
  path: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<CosignRun> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd,
      env: { HOME: cwd, COSIGN_PASSWORD: PASSWORD, TUF_MIRROR: NO_MIRROR, ...env },
      timeout: 60_000,
    };
    execFile(path, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr });
      else reject(error);
    });
  });
}
