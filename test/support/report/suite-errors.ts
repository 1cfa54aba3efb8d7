import { writeFile } from 'node:fs/promises';
import type { Reporter, TestSuite } from 'vitest/node';

/** What failed beside tests: what was to run before or after all of a suite. */
export interface SuiteError {
  /** The path of the file. */
  readonly file: string;
  readonly suite: string;
  readonly message: string;
}

/** Writes to a file, as JSON, what vitest's own report leaves out: why the hooks of a suite failed. */
export class SuiteErrors implements Reporter {
  readonly #output: string;
  readonly #errors: SuiteError[] = [];

  constructor(output: string) {
    this.#output = output;
  }

  onTestSuiteResult(suite: TestSuite): void {
    for (const { message } of suite.errors()) {
      this.#errors.push({ file: suite.module.moduleId, suite: suite.fullName, message });
    }
  }

  async onTestRunEnd(): Promise<void> {
    await writeFile(this.#output, JSON.stringify(this.#errors));
  }
}
