import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Api, ApiError } from "../src/core/api.ts";

let asked: { address: string; request: RequestInit | undefined }[];
let answer: () => Response | Promise<Response>;
let api: Api;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answer = () => Response.json({});
  api = new Api("https://play.example/", {
    fetch: async (address, request) => {
      asked.push({ address: String(address), request });
      return answer();
    },
  });
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** A server that never answers, but minds the signal. */
function neverAnswer(): void {
  answer = () =>
    new Promise((_, reject) => {
      asked.at(-1)!.request!.signal!.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    });
}

async function errorOf(promise: Promise<unknown>): Promise<ApiError> {
  return promise.then(
    () => expect.unreachable(),
    (fault: ApiError) => fault,
  );
}

describe("the server over HTTP", () => {
  it.each<[string, () => Promise<unknown>, string, string | undefined, unknown]>([
    ["creates", () => api.createSession({ seats: 8, tick_hz: 20 }), "/api/sessions", "POST", { seats: 8, tick_hz: 20 }],
    ["creates with nothing said", () => api.createSession(), "/api/sessions", "POST", {}],
    ["quick play", () => api.quickPlay({ game: "arena" }), "/api/quickplay", "POST", { game: "arena" }],
    ["finds", () => api.findSession("K7P2QX"), "/api/sessions/K7P2QX", undefined, undefined],
    ["describes", () => api.describeGame("a/b"), "/api/games/a%2Fb", undefined, undefined],
  ])("%s", async (_, ask, path, method, body) => {
    answer = () => Response.json({ code: "K7P2QX" }, { status: 201 });
    await expect(ask()).resolves.toEqual({ code: "K7P2QX" });
    const [{ address, request }] = asked as [(typeof asked)[0]];
    expect(address).toBe(`https://play.example${path}`);
    expect(request?.method).toBe(method);
    expect(request?.body && JSON.parse(String(request.body))).toEqual(body);
  });

  it("lists sessions", async () => {
    answer = () => Response.json({ sessions: [{ code: "K7P2QX" }] });
    await expect(api.listSessions()).resolves.toEqual([{ code: "K7P2QX" }]);
  });

  it("is asked by a fetch that minds what it is called on, as a browser's does", async () => {
    const picky = function (this: unknown) {
      if (this !== undefined) throw new TypeError("Illegal invocation");
      return Promise.resolve(Response.json({ sessions: [] }));
    };
    await expect(new Api("", { fetch: picky as typeof fetch }).listSessions()).resolves.toEqual([]);
  });

  it("is the page's own by default, asked by the global fetch of that moment", async () => {
    const fetched = vi.fn(async () => Response.json({ sessions: [] }));
    const own = new Api("");
    vi.stubGlobal("fetch", fetched);
    try {
      await own.listSessions();
      expect(fetched).toHaveBeenCalledExactlyOnceWith("/api/sessions", expect.anything());
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe("a refusal", () => {
  it("has the server's reason, and its words", async () => {
    answer = () => Response.json({ error: "no_such_session", detail: "check the code" }, { status: 404 });
    const error = await errorOf(api.findSession("222222"));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ reason: "no_such_session", message: "check the code", retryAfterMs: null });
  });

  it.each([
    ["5", 5000],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
    ["Thu, 01 Jan 2026 00:00:00 GMT", 0],
    ["soon", null],
  ])("keeps Retry-After: %s", async (header, retryAfterMs) => {
    vi.setSystemTime(new Date("2026-01-01T00:00:00Z"));
    answer = () => Response.json({ error: "server_full" }, { status: 503, headers: { "Retry-After": header } });
    expect(await errorOf(api.quickPlay())).toMatchObject({ reason: "server_full", retryAfterMs });
  });

  it("of something in between has the status for a reason", async () => {
    for (const text of ["<html>Bad gateway</html>", "", "7", "null"]) {
      answer = () => new Response(text, { status: 502 });
      expect((await errorOf(api.listSessions())).reason).toBe("http_502");
    }
    answer = () => new Response("<html>Sign in to this hotel</html>");
    expect((await errorOf(api.listSessions())).reason).toBe("http_200");
  });

  it("is told as unreachable when nobody answers, after eight seconds at the latest", async () => {
    answer = () => Promise.reject(new TypeError("fetch failed"));
    expect((await errorOf(api.listSessions())).reason).toBe("unreachable");
    neverAnswer();
    const error = errorOf(api.listSessions());
    await vi.advanceTimersByTimeAsync(7999);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect((await error).reason).toBe("unreachable");
  });
});

describe("a signal", () => {
  it("ends the asking with its own reason, and is left alone afterwards", async () => {
    neverAnswer();
    const ending = new AbortController();
    const removed = vi.spyOn(ending.signal, "removeEventListener");
    const asking = api.createSession({}, { signal: ending.signal });
    ending.abort(new Error("changed my mind"));
    await expect(asking).rejects.toThrow("changed my mind");
    expect(removed).toHaveBeenCalledOnce();
    expect(asked[0]!.request!.signal!.aborted).toBe(true);
    await expect(api.listSessions({ signal: ending.signal })).rejects.toThrow("changed my mind");
    expect(asked).toHaveLength(1);
  });
});
