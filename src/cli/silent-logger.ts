import { type Logger, pino } from 'pino';

/** A logger for parts the daemon shares with commands: a command says what matters by itself, and once. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
