// @vitest-environment happy-dom

import { afterEach, describe, expect, it, vi } from "vitest";
import { Connection } from "../src/core/connection.ts";
import { type EnvironmentEvent, pageEnvironment } from "../src/core/environment.ts";
import { MockSockets } from "../src/testing/index.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Counts who listens to the page from now on. */
function countListeners(): () => number {
  let count = 0;
  for (const target of [window, document]) {
    const { addEventListener, removeEventListener } = target;
    vi.spyOn(target as EventTarget, "addEventListener").mockImplementation((type, listener) => {
      count += 1;
      addEventListener.call(target, type, listener!);
    });
    vi.spyOn(target as EventTarget, "removeEventListener").mockImplementation((type, listener) => {
      count -= 1;
      removeEventListener.call(target, type, listener!);
    });
  }
  return () => count;
}

function hide(hidden: boolean): void {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(hidden ? "hidden" : "visible");
  document.dispatchEvent(new Event("visibilitychange"));
}

function show(persisted: boolean): void {
  window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted }));
}

describe("the page", () => {
  it("tells of the network, of being looked at again, and of coming back", () => {
    const heard: EnvironmentEvent[] = [];
    const count = countListeners();
    const end = pageEnvironment()!.listen((event) => heard.push(event));
    expect(count()).toBe(4);
    window.dispatchEvent(new Event("offline"));
    window.dispatchEvent(new Event("online"));
    hide(true);
    hide(false);
    show(false);
    show(true);
    expect(heard).toEqual(["offline", "online", "visible", "shown"]);
    end();
    expect(count()).toBe(0);
    window.dispatchEvent(new Event("online"));
    expect(heard).toHaveLength(4);
  });

  it("knows whether there is a network", () => {
    const online = vi.spyOn(navigator, "onLine", "get");
    online.mockReturnValue(false);
    expect(pageEnvironment()!.online).toBe(false);
    online.mockReturnValue(true);
    expect(pageEnvironment()!.online).toBe(true);
  });

  it("is what a connection listens to by default, for as long as it lives", () => {
    const count = countListeners();
    const sockets = new MockSockets();
    const connection = new Connection({
      address: () => "ws://play.test/ws/K7P2QX",
      hello: () => ({ kind: "hello", fingerprint: 1, nickname: "Ann" }),
      onState: () => {},
      onMessage: () => {},
      openSocket: sockets.openSocket,
    });
    expect(count()).toBe(0);
    connection.open();
    connection.open();
    expect(count()).toBe(4);
    sockets.socket.accept();
    sockets.socket.drop();
    expect(count()).toBe(4);
    connection.close();
    expect(count()).toBe(0);
  });
});
