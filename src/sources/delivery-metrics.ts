/** The result of one delivery (a webhook request, a Kafka record). */
export type DeliveryResult =
  | 'accepted'
  | 'unauthentic'
  | 'unsupported'
  | 'malformed'
  | 'too-large'
  | 'rate-limited'
  | 'overloaded'
  | 'aborted'
  | 'failed';

/** What sources count. */
export interface DeliveryMetrics {
  delivery(sourceId: string, result: DeliveryResult): void;
}
