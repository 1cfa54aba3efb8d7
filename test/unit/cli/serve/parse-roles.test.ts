import { expect, it } from 'vitest';
import { parseRoles } from '../../../../src/cli/serve/parse-roles.ts';
import { InvalidInputError } from '../../../../src/kit/errors.ts';

it('reads roles with commas between them, in any order and however often', () => {
  expect(parseRoles('act, ingest,act')).toEqual(['ingest', 'act']);
});

it('names the nearest role for each word that is none: USAGE_INVALID', () => {
  try {
    parseRoles('ingest,verfy,');
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({
      code: 'USAGE_INVALID',
      issues: [
        { where: '--roles', message: 'expected a role, got "verfy"', hint: expect.stringContaining('"verify"') },
        { where: '--roles', message: 'expected a role, got ""' },
      ],
    });
  }
});
