import { cpus } from 'node:os';
import { type Spread, showSpread } from './statistics.ts';

/** One measured figure. */
export interface Figure extends Spread {
  readonly name: string;
  readonly unit: string;
}

/** What the figures were measured on. */
export function describeMachine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`;
}

/** Prints figures as lines of a Markdown table, or one JSON object a line. */
export function printFigures(benchmark: string, figures: readonly Figure[], json: boolean): void {
  for (const { name, unit, ...spread } of figures) {
    console.log(
      json ? JSON.stringify({ benchmark, name, unit, ...spread }) : `| ${name} | ${showSpread(spread)} ${unit} |`,
    );
  }
}
