import { readFileSync } from 'node:fs';

// Beside `src` in the repository, two folders up from `dist/src` in a build.
const PLACES: readonly string[] = ['../../package.json', '../../../package.json'];

/** The version in Lazaret's own package.json. */
export function readVersion(): string {
  for (const place of PLACES) {
    const version = versionIn(new URL(place, import.meta.url));
    if (version !== undefined) return version;
  }
  return 'unknown';
}

function versionIn(file: URL): string | undefined {
  try {
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof document !== 'object' || document === null) return undefined;
    if (!('name' in document && document.name === 'lazaret' && 'version' in document)) return undefined;
    return typeof document.version === 'string' ? document.version : undefined;
  } catch {
    // The other place is tried; a build without either says "unknown" rather than not starting.
    return undefined;
  }
}
