import { expect, it } from 'vitest';
import { parseSlsaProvenance } from '../../../../src/policy/provenance/parse-provenance.ts';

it('says in a sentence why provenance cannot be used, however long the text that it is about', () => {
  const type = `https://example.com/${'x'.repeat(20_000)}/v1`;
  const reading = parseSlsaProvenance(type, {}, {});
  const why = reading.ok ? '' : reading.why;
  expect(why).toMatch(/^https:\/\/example\.com\/x+…x+\/v1 is not a format of SLSA provenance$/);
  expect(why.length).toBeLessThanOrEqual(500);
});
