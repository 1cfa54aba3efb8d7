import { describe, expect, it } from 'vitest';
import { fileToName } from '../../../src/config/find-config.ts';

describe('a command that people paste anywhere', () => {
  it('names the configuration, unless it is that of the machine', () => {
    expect(fileToName('/srv/lazaret/lazaret.yaml')).toBe('/srv/lazaret/lazaret.yaml');
    expect(fileToName('/etc/lazaret/lazaret.yaml')).toBeUndefined();
  });
});
