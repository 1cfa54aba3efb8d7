import { defineConfig } from 'vitest/config';

// What a mutant of the two folders must fail: one project, as Stryker drives only one.
export default defineConfig({
  test: { include: ['test/unit/{policy,verification}/**/*.test.ts'], testTimeout: 60_000 },
});
