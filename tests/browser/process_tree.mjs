// Which process is which: a server's children, and who of them listens on a port. Linux, by /proc.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** `read`, or `otherwise` where the process has ended meanwhile. */
function unlessGone(read, otherwise) {
  try {
    return read();
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ESRCH") return otherwise;
    throw error;
  }
}

function parents() {
  const found = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return found.flatMap((pid) => {
    const stat = unlessGone(() => readFileSync(`/proc/${pid}/stat`, "latin1"), null);
    if (stat === null) return [];
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name before may hold anything
    return state === "Z" ? [] : [[Number(pid), Number(parent)]];
  });
}

/** All processes that `pid` and its children have started and that live. */
export function descendantsOf(pid) {
  const pairs = parents();
  const found = [pid];
  for (const known of found) found.push(...pairs.filter(([, parent]) => parent === known).map(([child]) => child));
  return found.slice(1);
}

export const isAlive = (pid) => parents().some(([known]) => known === pid);

/** The inodes of all sockets that listen on a port. */
function listeningInodes(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const lines = ["tcp", "tcp6"].flatMap((table) => readFileSync(`/proc/net/${table}`, "latin1").trim().split("\n").slice(1));
  const fields = lines.map((line) => line.trim().split(/\s+/));
  const LISTEN = "0A";
  return fields.filter(([, local, , state]) => local.endsWith(`:${hex}`) && state === LISTEN).map((field) => field[9]);
}

/** Who of `pids` listens on a port. */
export function listenersOn(port, pids) {
  const links = new Set(listeningInodes(port).map((inode) => `socket:[${inode}]`));
  return pids.filter((pid) =>
    unlessGone(() => readdirSync(`/proc/${pid}/fd`), []).some((fd) =>
      links.has(unlessGone(() => readlinkSync(`/proc/${pid}/fd/${fd}`), "")),
    ),
  );
}
