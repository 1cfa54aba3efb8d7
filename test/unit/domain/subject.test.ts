import { expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { subjectKey } from '../../../src/domain/subject.ts';

it('names a subject by 64 hex digits that no other subject has, however its parts are cut', () => {
  const digest = digestOf(Buffer.from('an image'));
  const keys = [
    subjectKey({ registryId: 'prod', repository: 'acme/app', digest }),
    subjectKey({ registryId: 'prodacme', repository: '/app', digest }),
    subjectKey({ registryId: 'prod', repository: 'acme/app', digest: digestOf(Buffer.from('another')) }),
  ];
  expect(new Set(keys).size).toBe(3);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/);
});
