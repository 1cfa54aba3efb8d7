import { describeScenarios } from './scenarios.ts';

describeScenarios('the whole way: olareg by Kafka, PostgreSQL and Redis', ['olareg', 'kafka', 'postgres', 'redis'], {
  registry: 'olareg',
  source: 'kafka',
  stores: 'external',
});
