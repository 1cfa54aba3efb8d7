import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, replaceFile, setAside } from '../kit/io/atomic-file.ts';
import { type ByRole, highestVersions, mapRoles, parseMetadata } from './tuf-metadata.ts';

/** What one successful refresh brought. */
export interface TufState {
  /** The metadata files as they were served, their signatures checked. */
  readonly metadata: ByRole<string>;
  /** The trusted root. */
  readonly document: string;
  readonly refreshedAt: Date;
}

/** Everything kept of one repository. */
export interface TufMemory {
  /** `undefined` before the first refresh. */
  readonly state: TufState | undefined;
  /** The highest versions ever seen; 0 for none. */
  readonly seen: ByRole<number>;
}

/** Where the memory lies across restarts; absent for a process that ends soon. */
export interface TufStore {
  /** Reads what is there; `problems` says what could not be read and was set aside. */
  read(): Promise<TufMemory & { readonly problems: readonly string[] }>;
  save(memory: TufMemory & { readonly state: TufState }): Promise<void>;
}

export const NOTHING_SEEN: ByRole<number> = mapRoles(() => 0);

/**
 * Keeps a repository's memory in two files of a folder. They are written one after the other, each replaced as a
 * whole, versions first: a crash in between forgets a refresh, never a version (D1, D3).
 */
export function createTufStore(folder: string): TufStore {
  const statePath = join(folder, 'state.json');
  const versionsPath = join(folder, 'versions.json');
  return {
    async read() {
      const [state, versions] = [await readChecked(statePath, toState), await readChecked(versionsPath, toVersions)];
      const fromState = state.value === undefined ? NOTHING_SEEN : versionsOf(state.value.metadata);
      return {
        state: state.value,
        seen: highestVersions(versions.value ?? NOTHING_SEEN, fromState),
        problems: [...state.problems, ...versions.problems],
      };
    },
    async save({ state, seen }) {
      await replaceFile(versionsPath, JSON.stringify(seen));
      await replaceFile(statePath, JSON.stringify({ format: FORMAT, ...state }));
    },
  };
}

/** The versions of metadata whose signatures were checked. */
export function versionsOf(metadata: ByRole<string>): ByRole<number> {
  return mapRoles((role) => parseMetadata(metadata[role]).version);
}

const FORMAT = 1;

const metadataSchema = z.string().refine((text) => parseMetadata(text) !== undefined);
const stateSchema = z.strictObject({
  format: z.literal(FORMAT),
  metadata: z.strictObject({
    root: metadataSchema,
    timestamp: metadataSchema,
    snapshot: metadataSchema,
    targets: metadataSchema,
  }),
  document: z.string().min(1),
  refreshedAt: z.iso.datetime().transform((text) => new Date(text)),
});
const versionSchema = z.int().min(0);
const versionsSchema = z.strictObject({
  root: versionSchema,
  timestamp: versionSchema,
  snapshot: versionSchema,
  targets: versionSchema,
});

function toState(json: unknown): TufState {
  const { metadata, document, refreshedAt } = stateSchema.parse(json);
  return { metadata, document, refreshedAt };
}

function toVersions(json: unknown): ByRole<number> {
  return versionsSchema.parse(json);
}

interface Checked<T> {
  readonly value: T | undefined;
  readonly problems: readonly string[];
}

/** A file that cannot be read is moved away: what it remembered comes from the other file, or from the next refresh. */
async function readChecked<T>(path: string, parse: (json: unknown) => T): Promise<Checked<T>> {
  const text = await readIfThere(path);
  if (text === undefined) return { value: undefined, problems: [] };
  try {
    return { value: parse(JSON.parse(text)), problems: [] };
  } catch {
    await setAside(path);
    return { value: undefined, problems: [`${path} could not be understood and was set aside`] };
  }
}
