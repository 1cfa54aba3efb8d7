import { SLACK_CANARY_PATH } from '../../support/servers/slack-receiver.ts';
import { TEST_USERS } from '../../support/servers/test-users.ts';

/** Every secret a daemon of these tests is given: none may ever be printed. */
export const SECRETS = {
  reader: TEST_USERS.reader.password,
  tagger: TEST_USERS.tagger.password,
  hook: 'canary-hook-token-5b1d',
  smtp: 'canary-smtp-password-77e0',
  redis: 'canary-redis-password-1f9c',
  slackPath: SLACK_CANARY_PATH,
} as const;

/** The secret files, by name relative to the configuration. */
export function secretFiles(slackUrl: string): Record<string, string> {
  return {
    'secrets/reader': `${SECRETS.reader}\n`,
    'secrets/tagger': `${SECRETS.tagger}\n`,
    'secrets/hook': `${SECRETS.hook}\n`,
    'secrets/smtp': `${SECRETS.smtp}\n`,
    'secrets/slack': `${slackUrl}\n`,
  };
}
