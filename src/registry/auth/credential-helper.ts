import { spawn } from 'node:child_process';
import { FaultError } from '../../kit/errors.ts';
import { isJsonObject } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import type { Credential } from './credential.ts';

/** Helpers of clouds ask a service of theirs, which may take seconds; one that asks a person never ends. */
const TIMEOUT_MS = 20_000;
const MAX_BYTES = 64 * 1024;
/** A file name, never a path: the helper comes from PATH and nowhere else. */
const HELPER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Asks `docker-credential-<helper>` for the credentials of a host; `none` if it has none.
 * https://github.com/docker/docker-credential-helpers#development
 * @throws {FaultError} `REGISTRY_UNAUTHORIZED`
 */
export async function askCredentialHelper(helper: string, host: string): Promise<Credential> {
  if (!HELPER_NAME.test(helper)) throw failed(helper, 'that is no name of a program');
  const { code, output } = await run(`docker-credential-${helper}`, host).catch((cause: unknown) => {
    throw failed(helper, 'it could not be started, or did not end in time', cause);
  });
  if (code !== 0) {
    if (/credentials not found|not found in native keychain/i.test(output)) return { kind: 'none' };
    throw failed(helper, `it ended with exit code ${code}`);
  }
  return parseAnswer(helper, output);
}

function parseAnswer(helper: string, output: string): Credential {
  let answer: unknown;
  try {
    answer = parseJson(output);
  } catch (cause) {
    throw failed(helper, 'its answer is not JSON', cause);
  }
  const username = isJsonObject(answer) ? answer['Username'] : undefined;
  const secret = isJsonObject(answer) ? answer['Secret'] : undefined;
  if (typeof username !== 'string' || typeof secret !== 'string') {
    throw failed(helper, 'its answer has no Username and Secret');
  }
  return username === '<token>'
    ? { kind: 'identity-token', token: secret }
    : { kind: 'basic', username, password: secret };
}

function run(program: string, input: string): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'ignore'], timeout: TIMEOUT_MS });
    let output = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      output += text;
      if (output.length > MAX_BYTES) child.kill();
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal === null) resolve({ code, output });
      else reject(new Error(`ended by ${signal}`));
    });
    // A helper may exit without reading its input; only its answer matters.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function failed(helper: string, why: string, cause?: unknown): FaultError {
  return new FaultError('REGISTRY_UNAUTHORIZED', `asked the credential helper "${helper.slice(0, 100)}", but ${why}`, {
    retryable: false,
    ...(cause !== undefined && { cause }),
    hint: `Try it by hand: echo HOST | docker-credential-${helper.slice(0, 100)} get`,
  });
}
