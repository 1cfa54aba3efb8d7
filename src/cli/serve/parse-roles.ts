import { ROLES, type Role } from '../../domain/role.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { nearestWord } from '../../kit/nearest-word.ts';

/** Reads `ingest,verify` as it stands after `--roles`. @throws {InvalidInputError} `USAGE_INVALID` for another word */
export function parseRoles(text: string): readonly Role[] {
  const words = text.split(',').map((word) => word.trim());
  const unknown = words.filter((word) => !isRole(word));
  if (unknown.length === 0) return ROLES.filter((role) => words.includes(role));
  throw new InvalidInputError(
    'USAGE_INVALID',
    'there is no such role',
    unknown.map((word) => {
      const nearest = nearestWord(word, ROLES);
      const meant = nearest === undefined ? '' : `Did you mean "${nearest}"? `;
      const hint = `${meant}There are ${ROLES.join(', ')}; several with a comma between them.`;
      return { where: '--roles', message: `expected a role, got "${word}"`, hint };
    }),
  );
}

function isRole(word: string): word is Role {
  return ROLES.some((role) => role === word);
}
