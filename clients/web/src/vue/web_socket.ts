/** Any WebSocket server from a component. */

import { type ComputedRef, computed, type MaybeRef, unref, watch } from "vue";
import {
  SocketFeed,
  type WebSocketActions,
  type WebSocketOptions,
  type WebSocketView,
} from "../bindings/socket_feed.ts";
import type { SocketAddress } from "../websocket/index.ts";
import { useReading, whenMounted } from "./reading.ts";

export type UseWebSocket<T> = WebSocketActions & {
  readonly [Name in keyof WebSocketView<T>]: ComputedRef<WebSocketView<T>[Name]>;
};

/**
 * A WebSocket that lives as long as the component, or the effect scope, and comes back by itself.
 *
 *     const { isConnected, lastMessage, sendMessage } = useWebSocket<Chat>(computed(() => `wss://example.test/${props.room}`));
 *
 * `url`: null for none; a ref that changes is another connection. A function is no getter: it is asked anew at each attempt.
 * With `immediate: false` nothing happens before `connect`. Where messages are many, `keepLast: false` and `onMessage`.
 */
export function useWebSocket<T = unknown>(
  url: MaybeRef<SocketAddress | null>,
  options: WebSocketOptions<T> = {},
): UseWebSocket<T> {
  const feed = new SocketFeed<T>();
  feed.options = options;
  const view = useReading(() => feed);
  whenMounted(() => {
    watch(
      () => unref(url),
      (address, _, onCleanup) => {
        feed.address = address;
        onCleanup(feed.start());
      },
      { immediate: true, flush: "sync" },
    );
  });
  return {
    isConnected: computed(() => view.value.isConnected),
    isConnecting: computed(() => view.value.isConnecting),
    lastMessage: computed(() => view.value.lastMessage),
    error: computed(() => view.value.error),
    attempt: computed(() => view.value.attempt),
    ...feed.actions,
  };
}
