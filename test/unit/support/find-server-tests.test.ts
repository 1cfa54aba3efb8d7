import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findServerTests } from '../../support/report/find-server-tests.ts';

describe('the tests that are run again with containers', () => {
  const found = findServerTests(join(import.meta.dirname, '../../..'));

  it('are those that start a server, however far away the import is', () => {
    expect(found).toContain('test/integration/servers.test.ts');
    // By way of the world of the end-to-end tests.
    expect(found).toContain('test/e2e/webhook-embedded.test.ts');
  });

  it('are not those that start none, nor unit tests', () => {
    expect(found).not.toContain('test/integration/trust/file-root.test.ts');
    expect(found.every((path) => /^test\/(integration|e2e)\//.test(path))).toBe(true);
  });
});
