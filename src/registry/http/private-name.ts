import type { AddressRange } from './address-range.ts';

// Names of the clouds' metadata services: https://cloud.google.com/compute/docs/metadata/querying-metadata,
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
const METADATA = new Set(['metadata', 'metadata.google.internal', 'instance-data', 'instance-data.ec2.internal']);

/** Ends of names that no public resolver knows: RFC 6762, RFC 6761, RFC 8375, ICANN's `.internal`, and habits. */
const PRIVATE_ENDS = ['.internal', '.local', '.localhost', '.home.arpa', '.localdomain', '.lan', '.intranet', '.corp'];

/** What a name says about where it leads, for one that is not looked up here; without a dot it is private. */
export function classifyName(hostname: string): AddressRange {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  if (METADATA.has(name)) return 'forbidden';
  return !name.includes('.') || PRIVATE_ENDS.some((end) => name.endsWith(end)) ? 'private' : 'public';
}
