import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino';
import { escapeInvisible, showInvisible } from '../kit/escape-invisible.ts';
import { createRedactText } from './redact-text.ts';
import { serializeError } from './serialize-error.ts';

export interface LoggerOptions {
  readonly level: LevelWithSilent;
  /** For a terminal: coloured lines instead of JSON. */
  readonly pretty: boolean;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
  /** Values that must never appear, whatever carries them. */
  readonly secrets?: ReadonlySet<string>;
}

// Members that hold credentials in the objects of our libraries, at the top and one or two levels down.
const SECRET_NAMES = ['authorization', 'cookie', '["set-cookie"]', 'password', 'secret', 'token', 'apiKey', 'pass'];
const SECRET_PATHS = SECRET_NAMES.flatMap((name) =>
  name.startsWith('[') ? [name, `*${name}`, `*.*${name}`] : [name, `*.${name}`, `*.*.${name}`],
);

/**
 * Creates the logger: one JSON object a line with ISO time, or pretty lines for a terminal. Errors are written by
 * {@link serializeError}, and every finished line passes {@link createRedactText} before it leaves; what would change
 * how a terminal shows it is escaped.
 */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  const destination = options.destination ?? pino.destination({ dest: 1, sync: true });
  const redact = createRedactText(options.secrets);
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
      serializers: { err: (error: unknown) => serializeError(error), error: (error: unknown) => serializeError(error) },
      hooks: { streamWrite: (line) => escapeInvisible(redact(line)) },
    },
    options.pretty ? await createPrettyStream(destination) : destination,
  );
}

/** Loaded only for a terminal: a daemon that logs JSON does not pay for it. */
async function createPrettyStream(destination: DestinationStream): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty');
  const render = prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' });
  return { write: (line) => destination.write(render(JSON.parse(line, showValue))) };
}

// Parsing takes the escapes off again. Only stacks are written in lines of their own.
function showValue(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return key === 'stack' ? value.split('\n').map(showInvisible).join('\n') : showInvisible(value);
}
