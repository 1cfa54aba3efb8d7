import type { CliContext } from './cli-context.ts';
import { EXIT } from './exit-code.ts';
import { readVersion } from './read-version.ts';
import { parseRoles } from './serve/parse-roles.ts';

/** Runs the daemon until it is told to stop. @throws what `serve` throws, `USAGE_INVALID` for a role there is not */
export async function runServe(
  options: { readonly config?: string; readonly roles?: string },
  context: CliContext,
): Promise<void> {
  const roles = options.roles === undefined ? undefined : parseRoles(options.roles);
  const { serve } = await import('../serve.ts');
  const code = await serve({
    ...(options.config !== undefined && { configPath: options.config }),
    ...(roles !== undefined && { roles }),
    env: context.env,
    isTerminal: context.terminal.isTerminal,
    version: readVersion(),
  });
  // Whatever did not stop cleanly is in the log.
  context.exitWith(code === 0 ? EXIT.ok : EXIT.couldNotTell);
}
