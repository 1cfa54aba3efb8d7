import type { CliContext } from './cli-context.ts';
import { EXIT } from './exit-code.ts';
import { readVersion } from './read-version.ts';

/** Runs the daemon until it is told to stop. @throws what `serve` throws */
export async function runServe(options: { readonly config?: string }, context: CliContext): Promise<void> {
  const { serve } = await import('../serve.ts');
  const code = await serve({
    ...(options.config !== undefined && { configPath: options.config }),
    env: context.env,
    isTerminal: context.terminal.isTerminal,
    version: readVersion(),
  });
  // Whatever did not stop cleanly is in the log.
  context.exitWith(code === 0 ? EXIT.ok : EXIT.couldNotTell);
}
