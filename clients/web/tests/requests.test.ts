import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Requests } from "../src/core/requests.ts";
import type { Request, Revise, Say } from "../src/generated/protocol.ts";

let live: boolean;
let sent: (Request | Say | Revise)[];
let requests: Requests;

beforeEach(() => {
  vi.useFakeTimers();
  live = true;
  sent = [];
  requests = new Requests((request) => {
    if (live) sent.push(request);
    return live;
  });
});

afterEach(() => {
  vi.useRealTimers();
});

function goAway(): void {
  live = false;
  requests.follow("reconnecting");
}

function comeBack(): void {
  live = true;
  requests.follow("live");
}

const asking = (action: string, given: number[] = []) => ({ kind: "request" as const, action, arguments: given });
const actions = () => sent.map((question) => question.kind === "request" && question.action);
const grant = (id: number, tick = 7) => requests.receive({ kind: "reply", id, code: 0, reason: "ok", tick });

/** The reason of the refusal that `asked` ends with. */
async function reasonOf(asked: Promise<number>): Promise<string> {
  return asked.then(
    () => "granted",
    ({ reason }) => reason,
  );
}

describe("requests while live", () => {
  it("share their ids with what is said in the chat, and hear when to try again", async () => {
    const asked = requests.ask(asking("collect", [3]));
    const said = requests.ask({ kind: "say", channel: 0, text: "hello" });
    const revised = requests.ask({ kind: "revise", message: 7, text: null });
    expect(sent.map(({ id }) => id)).toEqual([1, 2, 3]);
    requests.receive({ kind: "reply", id: 2, code: 20, reason: "rate_limited", tick: 1, retryAfterMs: 400 });
    requests.receive({ kind: "reply", id: 3, code: 15, reason: "no_such_message", tick: 1 });
    await expect(said).rejects.toMatchObject({ reason: "rate_limited", retryable: true, retryAfterMs: 400 });
    await expect(revised).rejects.toMatchObject({ reason: "no_such_message", retryAfterMs: null });
    grant(1);
    await expect(asked).resolves.toBe(7);
  });

  it("are sent at once, and resolve to their tick", async () => {
    const asked = requests.ask(asking("collect", [3]));
    expect(sent).toEqual([{ kind: "request", id: 1, action: "collect", arguments: [3] }]);
    grant(1, 42);
    await expect(asked).resolves.toBe(42);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("reject with the server's reason", async () => {
    const [busy, never] = [requests.ask(asking("a")), requests.ask(asking("b"))];
    requests.receive({ kind: "reply", id: 1, code: 11, reason: "too_many_requests", tick: 1 });
    requests.receive({ kind: "reply", id: 2, code: 7, reason: "unknown_action", tick: 1 });
    await expect(busy).rejects.toMatchObject({ code: 11, reason: "too_many_requests", retryable: true });
    await expect(never).rejects.toMatchObject({ code: 7, reason: "unknown_action", retryable: false });
  });

  it("time out when nobody answers: after five seconds, or as asked", async () => {
    const reasons: string[] = [];
    void reasonOf(requests.ask(asking("a"))).then((reason) => reasons.push(`a ${reason}`));
    void reasonOf(requests.ask(asking("b"), { timeoutMs: 100 })).then((reason) => reasons.push(`b ${reason}`));
    await vi.advanceTimersByTimeAsync(100);
    expect(reasons).toEqual(["b timeout"]);
    await vi.advanceTimersByTimeAsync(4899);
    expect(reasons).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(reasons).toEqual(["b timeout", "a timeout"]);
    grant(1); // too late: nobody minds
  });
});

describe("requests when the connection drops", () => {
  it("are lost when they were sent, and never sent twice", async () => {
    const reason = reasonOf(requests.ask(asking("collect", [3])));
    goAway();
    await expect(reason).resolves.toBe("lost");
    comeBack();
    expect(actions()).toEqual(["collect"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("wait while it is away, and go out in order when it is live", async () => {
    goAway();
    const asked = ["a", "b", "c"].map((action) => requests.ask(asking(action)));
    expect([sent.length, requests.queued]).toEqual([0, 3]);
    comeBack();
    expect(actions()).toEqual(["a", "b", "c"]);
    expect(requests.queued).toBe(0);
    for (const { id } of sent) grant(id);
    await expect(Promise.all(asked)).resolves.toEqual([7, 7, 7]);
  });

  it("wait in line behind those that wait", () => {
    goAway();
    void requests.ask(asking("a")).catch(() => {});
    live = true; // the socket is open, but the session has not been told yet
    void requests.ask(asking("b")).catch(() => {});
    expect(sent).toEqual([]);
    comeBack();
    expect(actions()).toEqual(["a", "b"]);
  });

  it("wait no longer than their time-out, counted from when they were asked", async () => {
    goAway();
    const reasons: string[] = [];
    for (const timeoutMs of [1000, 3000]) {
      void reasonOf(requests.ask(asking(`${timeoutMs}`), { timeoutMs })).then((reason) => reasons.push(reason));
    }
    await vi.advanceTimersByTimeAsync(2000);
    expect(reasons).toEqual(["timeout"]);
    comeBack();
    expect(actions()).toEqual(["3000"]);
    await vi.advanceTimersByTimeAsync(999);
    expect(reasons).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(reasons).toEqual(["timeout", "timeout"]);
  });

  it("are bounded: the 33rd is refused, and one that timed out makes room", async () => {
    goAway();
    const waiting = Array.from({ length: 32 }, (_, n) =>
      reasonOf(requests.ask(asking("a"), { timeoutMs: n ? 5000 : 10 })),
    );
    await expect(reasonOf(requests.ask(asking("b")))).resolves.toBe("queue_full");
    await vi.advanceTimersByTimeAsync(10);
    const last = reasonOf(requests.ask(asking("c")));
    expect(requests.queued).toBe(32);
    comeBack();
    expect(actions()).toEqual([...Array(31).fill("a"), "c"]);
    requests.follow("closed");
    await expect(last).resolves.toBe("lost"); // it was sent: whether it was done nobody knows
    expect((await Promise.all(waiting)).slice(0, 2)).toEqual(["timeout", "lost"]);
  });

  it("are lost at once when they shall not wait", async () => {
    goAway();
    await expect(reasonOf(requests.ask(asking("a"), { queue: false }))).resolves.toBe("lost");
    comeBack();
    expect(sent).toEqual([]);
  });

  it("keep waiting when the connection goes again in the middle", () => {
    goAway();
    for (const action of ["a", "b"]) void requests.ask(asking(action)).catch(() => {});
    requests.follow("live"); // told so, but nothing can be sent
    expect(requests.queued).toBe(2);
    comeBack();
    expect(actions()).toEqual(["a", "b"]);
  });

  it("are refused as closed when it is over, those that wait as well, until it is opened again", async () => {
    goAway();
    const waiting = reasonOf(requests.ask(asking("a")));
    requests.follow("closed");
    await expect(waiting).resolves.toBe("closed");
    await expect(requests.ask(asking("b"))).rejects.toMatchObject({ code: -1, reason: "closed", retryable: false });
    requests.follow("connecting");
    const again = requests.ask(asking("c"));
    comeBack();
    grant(sent.at(-1)!.id);
    await expect(again).resolves.toBe(7);
    expect(actions()).toEqual(["c"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
