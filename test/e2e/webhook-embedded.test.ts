import { describeScenarios } from './scenarios.ts';

describeScenarios('the whole way: distribution by its own webhook, embedded PostgreSQL', ['registry'], {
  registry: 'distribution',
  source: 'webhook',
  stores: 'embedded',
});
