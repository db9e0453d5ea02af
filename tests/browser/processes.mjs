// `tickroom ...` as processes of their own, as people run them; none outlives its story.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const { python } = JSON.parse(process.argv[2]);
const READY_MS = 20_000;
const running = new Set();

function start(args) {
  const child = spawn(python, ["-m", "tickroom", ...args.map(String)], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, PYTHONUNBUFFERED: "1" },
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.stdin.on("error", () => undefined); // it ended before it was spoken to: its exit tells
  child.complaints = "";
  child.stderr.on("data", (chunk) => {
    child.complaints = (child.complaints + chunk).slice(-4000);
  });
  child.lines = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    child.lines.push(line);
    child.emit("said", line);
  });
  return child;
}

/** The first line from `from` on that `find` makes something of, and that; fails when the process ends before. */
async function hear(child, find, from = 0, withinMs = READY_MS) {
  const signal = AbortSignal.timeout(withinMs);
  for (let at = from; ; at++) {
    while (at >= child.lines.length) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended: ${child.complaints}`);
      await Promise.race([once(child, "said", { signal }), once(child, "close", { signal })]);
    }
    const found = find(child.lines[at]);
    if (found) return found;
  }
}

/** A server; `port` 0 takes a free one. */
export async function startServer(port = 0, ...args) {
  const child = start(["serve", "--port", port, "--log-level", "warning", ...args]);
  const url = await hear(child, (line) => line.startsWith("Tickroom serves ") && line.split(" ").at(-1));
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid,
    signal: (name) => child.kill(name),
    kill: () => end(child, "SIGKILL"),
    stop: () => end(child, "SIGTERM"),
  };
}

/** Bots in a session, for so many seconds at most. */
export function startBots(url, code, count, { behaviour = "greedy", seconds = 110, seed = 1 } = {}) {
  const args = ["--url", url, "--code", code, "--count", count, "--behaviour", behaviour];
  const child = start(["bots", ...args, "--seconds", seconds, "--seed", seed, "--quiet"]);
  return { end: () => end(child, "SIGTERM") };
}

/** A bad network before the server at `port`; docs/network.md. */
export async function startNetwork(port) {
  const child = start(["network", "--to", port, "--seconds", 110]);
  const eventNamed = (name) => (line) => {
    const said = JSON.parse(line);
    if (said.event === "error") throw new Error(`the network: ${said.detail}`);
    return said.event === name && said;
  };
  const { address } = await hear(child, eventNamed("listening"));
  return {
    url: address,
    /** Ask for something; done when it is done. */
    async ask(command) {
      const from = child.lines.length;
      child.stdin.write(`${JSON.stringify(command)}\n`);
      await hear(child, eventNamed("done"), from);
    },
    /** End it; what it counted. */
    async end() {
      const from = child.lines.length;
      child.stdin.end();
      return hear(child, eventNamed("counts"), from);
    },
  };
}

async function end(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = once(child, "exit");
  child.kill(signal);
  await over;
}

export async function endProcesses() {
  await Promise.all([...running].map((child) => end(child, "SIGKILL")));
}
