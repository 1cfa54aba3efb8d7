import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestCertificate } from './certificate.ts';
import { makeTempDir } from './temp-dir.ts';

/** A certificate and its key as files, as servers want them. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  remove(): Promise<void>;
}

/** Writes them into a temporary folder. */
export async function makeTlsFiles({ cert, key }: TestCertificate): Promise<TlsFiles> {
  const folder = await makeTempDir('tls');
  const files = { certFile: join(folder.path, 'tls.crt'), keyFile: join(folder.path, 'tls.key') };
  await Promise.all([writeFile(files.certFile, cert), writeFile(files.keyFile, key, { mode: 0o600 })]);
  return { ...files, remove: () => folder.remove() };
}
