import type { Reload } from './reload.ts';

/** Hears SIGHUP from the start of the process to its end: unheard, the signal would kill it. */
export interface ReloadSignal {
  /** The daemon has started; a signal that came before is answered now. */
  ready(reload: Reload): void;
  /** The daemon is stopping: a signal neither ends that early nor reloads anything. */
  ignore(): void;
  stop(): void;
}

/**
 * Begins to listen. systemd and container platforms know how to send it: `systemctl reload`, `docker kill -s HUP`. A
 * daemon that is starting has its folder already, so `lazaret reload` may find it and send the signal too early.
 */
export function listenForReload(): ReloadSignal {
  let reload: Reload | undefined;
  let isAsked = false;
  const listen = (): void => {
    if (reload === undefined) isAsked = true;
    else void reload.run();
  };
  process.on('SIGHUP', listen);
  return {
    ready(started) {
      reload = started;
      if (isAsked) void started.run();
    },
    ignore() {
      reload = { run: async () => undefined };
    },
    stop: () => void process.off('SIGHUP', listen),
  };
}
