import { execFileSync } from 'node:child_process';

/** How a server is run: as a process of this machine, or from its image in Docker. */
export type Backend = 'native' | 'docker';

/** What every server of a test can be told. */
export interface BackendOption {
  /** Default: `LAZARET_TEST_PARTS`, which is `native` (default), `docker`, or `auto` (Docker where it answers). */
  readonly backend?: Backend;
}

/**
 * The backend of this test run.
 *
 * @throws Error when `LAZARET_TEST_PARTS` holds anything else.
 */
export function chosenBackend(): Backend {
  const value = process.env['LAZARET_TEST_PARTS'] ?? 'native';
  if (value === 'native' || value === 'docker') return value;
  if (value === 'auto') return dockerProblem() === undefined ? 'docker' : 'native';
  throw new Error(`LAZARET_TEST_PARTS is "${value}"; it may be native, docker or auto`);
}

/** Why Docker cannot be used, in words; undefined when it answers. */
export function dockerProblem(): string | undefined {
  try {
    execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'pipe', timeout: 20_000 });
    return undefined;
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return missing ? 'docker is not installed' : 'no Docker daemon answers';
  }
}
