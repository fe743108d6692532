import type { FullConfig, FullResult, Reporter, Suite, TestCase, TestResult } from "@playwright/test/reporter";

/** The user tasks of the console that a complete run must hold: 11 and 19 have no page yet. */
export const tasks = Array.from({ length: 25 }, (_, i) => i + 1).filter((n) => n !== 11 && n !== 19);

/** Those of the tasks that no test of the run has passed. */
export function missing(passed: string[]): string[] {
  return tasks
    .map((n) => `task ${String(n).padStart(2, "0")}`)
    .filter(
      (name) => !passed.some((title) => title === name || title.startsWith(`${name}:`) || title.startsWith(`${name} `)),
    );
}

/** Names fails a complete run (TIDINGS_COMPLETE=1) that lacks a task or skips a test. */
export default class Names implements Reporter {
  private passed: string[] = [];
  private skipped: string[] = [];

  onBegin(_config: FullConfig, _suite: Suite): void {
    this.passed = [];
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === "passed") this.passed.push(test.title);
    if (result.status === "skipped") this.skipped.push(test.title);
  }

  async onEnd(result: FullResult): Promise<{ status?: FullResult["status"] } | undefined> {
    if (process.env.TIDINGS_COMPLETE !== "1") return undefined;
    const absent = missing(this.passed);
    for (const name of absent) console.error(`No test "${name}" has passed.`);
    for (const name of this.skipped) console.error(`Skipped: ${name}`);
    return absent.length + this.skipped.length > 0 ? { status: "failed" } : { status: result.status };
  }
}
