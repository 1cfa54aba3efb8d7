/** Which queue of Amazon SQS, and as whom it is read. */
export interface SqsPlace {
  readonly queueUrl: URL;
  /** Such as `eu-central-1`. */
  readonly region: string;
  /** A role to take on; absent: who the SDK finds. */
  readonly roleArn?: string;
  /** One address for every service of AWS, where it is not AWS's own: for tests. */
  readonly endpoint?: URL;
}

// https://docs.aws.amazon.com/general/latest/gr/sqs-service.html, with FIPS, dual-stack, legacy and VPC endpoints.
const HOST =
  /^(?:(?:vpce-[a-z0-9-]+\.)?(?:sqs|sqs-fips)\.([a-z0-9-]+)\.(?:vpce\.)?|([a-z0-9-]+)\.queue\.)(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|api\.aws|api\.amazonwebservices\.com\.cn)$/;

/** The region that the host of a queue's URL names; `undefined` for any other host. */
export function parseSqsRegion(host: string): string | undefined {
  const [, region, legacy] = HOST.exec(host.toLowerCase()) ?? [];
  return region ?? legacy;
}
