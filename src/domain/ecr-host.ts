/** Which private registry of Amazon ECR: an account has one in each region. */
export interface EcrRegistry {
  /** The account, 12 digits. */
  readonly registryId: string;
  /** Such as `eu-central-1`. */
  readonly region: string;
}

/** A registry of ECR as it is called. */
export interface EcrPlace extends EcrRegistry {
  /** One address for every service of AWS, where it is not AWS's own: for tests. */
  readonly endpoint?: URL;
}

/** `eu-central-1`, `us-gov-east-1`, `eusc-de-east-1`. */
export const AWS_REGION = /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/;
/** An account of AWS. */
export const AWS_ACCOUNT = /^\d{12}$/;

// https://docs.aws.amazon.com/general/latest/gr/ecr.html, with FIPS and IPv6 ("dual-stack") endpoints.
const HOST =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn)$/;

/** What the host of a registry of ECR says about itself; `undefined` for any other host. */
export function parseEcrHost(host: string): EcrRegistry | undefined {
  const [, registryId, region] = HOST.exec(host.toLowerCase()) ?? [];
  if (registryId === undefined || region === undefined || !AWS_REGION.test(region)) return undefined;
  return { registryId, region };
}

/** The host of this registry of ECR, as images and events of it name it. */
export function ecrHost({ registryId, region }: EcrRegistry): string {
  return `${registryId}.dkr.ecr.${region}.${domainOf(region)}`;
}

// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
function domainOf(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn';
  return region.startsWith('eusc-') ? 'amazonaws.eu' : 'amazonaws.com';
}
