import { type AnnouncementsDeps, watchAnnouncements } from '../pipeline/act/watch-announcements.ts';

const EVERY_MS = 30_000;

/** Compares what sweeps find with what is announced, again and again. */
export function startAnnouncementWatch(deps: AnnouncementsDeps, everyMs = EVERY_MS): { stop(): void } {
  let isAtWork = false;
  const timer = setInterval(() => void look(), everyMs);

  async function look(): Promise<void> {
    if (isAtWork) return;
    isAtWork = true;
    await watchAnnouncements(deps).catch((error: unknown) =>
      deps.logger.warn({ err: error }, 'what was announced could not be compared with what was found'),
    );
    isAtWork = false;
  }

  return { stop: () => clearInterval(timer) };
}
