import { Renewable } from '../kit/renewable.ts';
import { Secret } from '../kit/secret.ts';
import type { Config } from './config.ts';

/** Sections that are not compared: they are put in force in other ways, or follow from the rest. */
const OTHERWISE = new Set<string>(['policies', 'policyFiles', 'trust', 'kmsKeys', 'warnings', 'file']);
/** Sections whose connections stay open: they keep the secrets with which they were opened. */
const FIXED = new Set<string>(['postgres', 'redis']);

/**
 * Gives the secrets of the configuration in use the values of the one just read, in place: whoever holds a secret
 * reveals it only when it is used. A list of secrets may have become longer or shorter. Returns the sections in which
 * anything but a secret or a {@link Renewable} has changed, or whose secrets are used only at the start: those take effect with a restart.
 */
export function renewSecrets(inUse: Config, read: Config): readonly string[] {
  const before = new Map(sectionsOf(inUse));
  const after = new Map(sectionsOf(read));
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.filter((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    if (meaningOf(old) !== meaningOf(now)) return true;
    if (FIXED.has(name)) return secretsOf(old) !== secretsOf(now);
    renew(old, now);
    return false;
  });
}

function sectionsOf(config: Config): readonly (readonly [string, unknown])[] {
  return Object.entries(config).filter(([name]) => !OTHERWISE.has(name));
}

/** Everything but the secrets, and how many a list has of them. */
function meaningOf(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (isSecretList(member) ? ['secrets'] : member)) ?? '';
}

function secretsOf(value: unknown): string {
  return JSON.stringify(found(value).map((secret) => secret.reveal()));
}

function found(value: unknown): readonly Secret[] {
  if (value instanceof Secret) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(found) : [];
}

function isSecretList(value: unknown): value is Secret[] {
  return Array.isArray(value) && value.length > 0 && value.every((member) => member instanceof Secret);
}

/** Both mean the same, so they have the same members. */
function renew(old: unknown, now: unknown): void {
  if (old instanceof Secret && now instanceof Secret) old.renew(now);
  else if (old instanceof Renewable && now instanceof Renewable) old.renew(now);
  else if (isSecretList(old) && isSecretList(now)) old.splice(0, old.length, ...now);
  else if (typeof old === 'object' && old !== null && typeof now === 'object' && now !== null) {
    for (const [name, member] of Object.entries(old)) renew(member, Reflect.get(now, name));
  }
}
