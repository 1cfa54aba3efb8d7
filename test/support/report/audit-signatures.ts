import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AuditedFolder, readSignatureAudit, type SignatureAudit } from './read-signature-audit.ts';

/** One try, so that a machine without the network knows it in seconds. */
const ASK_ONCE = ['--fetch-retries=0', '--fetch-timeout=30000'];
/** 900 packages with their attestations take about a minute; past this nobody answers. */
const TIMEOUT_MS = 300_000;

/**
 * Whether each installed package was signed by the registry that published it, as `npm audit signatures` says: the
 * lockfile holds what was first fetched, the signatures that this is what others were given too. Folders that are not
 * installed are left out.
 */
export async function auditSignatures(root: string, folders: readonly string[]): Promise<SignatureAudit> {
  const audited: AuditedFolder[] = [];
  for (const folder of folders) {
    const path = join(root, folder);
    if (existsSync(join(path, 'node_modules/.package-lock.json'))) audited.push(await askNpm(folder, path));
  }
  return readSignatureAudit(audited);
}

function askNpm(folder: string, cwd: string): Promise<AuditedFolder> {
  return new Promise((resolve) => {
    const child = spawn('npm', ['audit', 'signatures', '--json', '--loglevel=silent', ...ASK_ONCE], {
      cwd,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: TIMEOUT_MS,
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    child.once('error', ({ message }) => resolve({ folder, exitCode: null, output: '', problem: message }));
    child.once('close', (exitCode) => resolve({ folder, exitCode, output }));
  });
}
