/** The real server, as a child process: `tickroom serve` from the repository's own environment, on a free port. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const TICKROOM = join(dirname(fileURLToPath(import.meta.url)), "../../../.venv/bin/tickroom");
const START_MS = 20_000; // a cold start imports NumPy and compiles nothing; a busy machine takes its time
const STOP_MS = 8000; // it tells every player, and ends within a few seconds

// The server ends with the pipe to it: also when this process is killed and cannot say good-bye.
const UNTIL_PIPE_ENDS = '"$0" serve --port 0 --log-level warning & read -r _; kill $!; wait $!';

export interface RealServer {
  /** "http://127.0.0.1:35689" */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startRealServer(): Promise<RealServer> {
  const child = spawn("/bin/sh", ["-c", UNTIL_PIPE_ENDS, TICKROOM], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const stop = async () => {
    child.stdin.end();
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await exited;
    clearTimeout(late);
  };
  const tooLate = setTimeout(stop, START_MS);
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^Tickroom serves (http:\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    clearTimeout(tooLate);
    child.stdout.resume();
    return { url, stop };
  }
  throw new Error(`the server said no address within ${START_MS / 1000} s`);
}
