import type { Config } from '../config/config.ts';
import { hasAllRoles } from '../domain/role.ts';
import { InvalidInputError } from '../kit/errors.ts';

/** An embedded record belongs to one process, which then has to do everything. @throws {InvalidInputError} `USAGE_INVALID` */
export function refuseDivided({ roles, postgres, file }: Pick<Config, 'roles' | 'postgres' | 'file'>): void {
  if (postgres !== undefined || hasAllRoles(roles)) return;
  const message = `expected a record that processes share, got roles (${roles.join(', ')}) and no \`postgres\` in ${file}`;
  const hint = 'Configure `postgres` (and best `redis` too), or leave out `--roles`: one process then does everything.';
  throw new InvalidInputError('USAGE_INVALID', message, [{ where: '--roles', message, hint }]);
}
