import { describe, expect, it, onTestFinished } from 'vitest';
import { listenForReload } from '../../../src/compose/reload-signal.ts';

function open() {
  const signal = listenForReload();
  onTestFinished(signal.stop);
  let runs = 0;
  const reload = {
    run: async () => {
      runs += 1;
    },
  };
  return { signal, reload, runs: () => runs };
}

describe('the signal to reload', () => {
  it('is answered each time it comes to a daemon that has started', () => {
    const { signal, reload, runs } = open();
    signal.ready(reload);
    expect(runs()).toBe(0);
    process.emit('SIGHUP');
    process.emit('SIGHUP');
    expect(runs()).toBe(2);
  });

  it('does not end a daemon that is starting, and is answered once it has started', () => {
    const { signal, reload, runs } = open();
    expect(process.listenerCount('SIGHUP')).toBeGreaterThan(0);
    process.emit('SIGHUP');
    process.emit('SIGHUP');
    expect(runs()).toBe(0);
    signal.ready(reload);
    expect(runs()).toBe(1);
  });

  it('neither ends nor reloads a daemon that is stopping', () => {
    const { signal, reload, runs } = open();
    signal.ready(reload);
    signal.ignore();
    process.emit('SIGHUP');
    expect(runs()).toBe(0);
    expect(process.listenerCount('SIGHUP')).toBeGreaterThan(0);
  });

  it('is heard no more when nobody listens', () => {
    const before = process.listenerCount('SIGHUP');
    const signal = listenForReload();
    signal.stop();
    expect(process.listenerCount('SIGHUP')).toBe(before);
  });
});
