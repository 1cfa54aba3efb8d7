import { randomUUID } from 'node:crypto';
import { createSinks } from '../../compose/create-sinks.ts';
import { fileToName } from '../../config/find-config.ts';
import { readConfig } from '../../config/read-config.ts';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import { nearestWord } from '../../kit/nearest-word.ts';
import { sampleAnnouncement } from '../../notify/sample-announcement.ts';
import type { Sink } from '../../ports/sink.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { plainJson, plainText } from '../plain-text.ts';
import type { OutputFormat } from '../shared-options.ts';

/** The options of `notify test`. */
export interface NotifyTestOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

/** How one sink took the test message. */
interface Delivery {
  readonly id: string;
  readonly kind: string;
  readonly ok: boolean;
  readonly code: string | null;
  readonly message: string;
  readonly hint: string | null;
}

/**
 * Sends a message that says it is a test through one sink or all, side by side, and reports on each.
 * @throws {InvalidInputError} `USAGE_INVALID` for a sink there is not, and whatever the configuration says.
 */
export async function testSinks(
  id: string | undefined,
  options: NotifyTestOptions,
  context: CliContext,
): Promise<ExitCode> {
  const config = await readConfig(options.config, context.env);
  const sinks = chooseSinks(createSinks(config), id);
  if (options.dryRun === true) return reportDry(sinks, options, context);
  const signal = context.interrupt();
  const announcement = sampleAnnouncement({
    id: `test-${randomUUID().slice(0, 8)}`,
    now: new Date(),
    configFile: fileToName(config.file),
  });
  const deliveries = await Promise.all(sinks.map((sink) => deliver(sink, announcement, signal)));
  if (options.output === 'json') context.terminal.out(plainJson({ sinks: deliveries }, 2));
  else for (const delivery of deliveries) context.terminal.out(render(delivery, context));
  return deliveries.every(({ ok }) => ok) ? EXIT.ok : EXIT.couldNotTell;
}

async function reportDry(
  sinks: readonly Sink[],
  { output }: NotifyTestOptions,
  { terminal }: CliContext,
): Promise<ExitCode> {
  await Promise.all(sinks.map((sink) => sink.close?.()));
  const named = sinks.map(({ id, kind }) => ({ id, kind }));
  if (output === 'json') terminal.out(plainJson({ dryRun: true, sinks: named }, 2));
  else for (const { id, kind } of named) terminal.out(`${id} (${kind}) would be sent a test message`);
  return EXIT.ok;
}

function chooseSinks(all: ReadonlyMap<string, Sink>, id: string | undefined): readonly Sink[] {
  const ids = [...all.keys()];
  if (ids.length === 0) {
    throw new InvalidInputError('CONFIG_INVALID', 'the configuration names nobody to tell', [
      { where: 'notify', message: 'there is no sink', hint: 'Add a Slack webhook or mail under `notify`.' },
    ]);
  }
  if (id === undefined) return [...all.values()];
  const chosen = all.get(id);
  if (chosen !== undefined) return [chosen];
  const nearest = nearestWord(id, ids);
  throw new InvalidInputError('USAGE_INVALID', `there is no sink "${id}"`, [
    {
      where: 'SINK',
      message: `expected one of ${ids.join(', ')}`,
      ...(nearest !== undefined && { hint: `Did you mean ${nearest}?` }),
    },
  ]);
}

async function deliver(
  sink: Sink,
  announcement: ReturnType<typeof sampleAnnouncement>,
  signal: AbortSignal,
): Promise<Delivery> {
  const { id, kind } = sink;
  try {
    await sink.notify(announcement, signal);
    return { id, kind, ok: true, code: null, message: 'took the test message', hint: null };
  } catch (error) {
    if (error instanceof FaultError) {
      return { id, kind, ok: false, code: error.code, message: error.message, hint: error.hint ?? null };
    }
    if (signal.aborted) return { id, kind, ok: false, code: null, message: 'interrupted', hint: null };
    throw error;
  } finally {
    await sink.close?.();
  }
}

function render({ id, kind, ok, code, message, hint }: Delivery, { terminal }: CliContext): string {
  const mark = ok ? terminal.style.good('ok  ') : terminal.style.bad('fail');
  const lines = [`${mark} ${id} (${kind}): ${plainText(message)}${code === null ? '' : ` (${code})`}`];
  if (hint !== null) lines.push(`     ${plainText(hint)}`);
  return lines.join('\n');
}
