import { z } from 'zod';

/** The four roles of a TUF repository. https://theupdateframework.github.io/specification/latest/ §2.1 */
export const TUF_ROLES = ['root', 'timestamp', 'snapshot', 'targets'] as const;

export type TufRole = (typeof TUF_ROLES)[number];

/** Something for each role. */
export type ByRole<T> = Readonly<Record<TufRole, T>>;

const signedSchema = z.object({
  signed: z.object({ version: z.int().min(1), expires: z.string().refine((text) => !Number.isNaN(Date.parse(text))) }),
});

/** Version and expiry of one metadata file whose signatures were checked already. @throws if it is none */
export function parseMetadata(text: string): { readonly version: number; readonly expires: Date } {
  const { version, expires } = signedSchema.parse(JSON.parse(text)).signed;
  return { version, expires: new Date(expires) };
}

/** The higher of both versions for each role. */
export function highestVersions(a: ByRole<number>, b: ByRole<number>): ByRole<number> {
  return mapRoles((role) => Math.max(a[role], b[role]));
}

export function mapRoles<T>(of: (role: TufRole) => T): ByRole<T> {
  return { root: of('root'), timestamp: of('timestamp'), snapshot: of('snapshot'), targets: of('targets') };
}
