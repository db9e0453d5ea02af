/** Any WebSocket server from a component. */

import { useEffect, useLayoutEffect, useMemo, useState } from "react";
import {
  SocketFeed,
  type WebSocketActions,
  type WebSocketOptions,
  type WebSocketView,
} from "../bindings/socket_feed.ts";
import type { SocketAddress } from "../websocket/index.ts";
import { useReading } from "./reading.ts";

export type UseWebSocket<T> = WebSocketView<T> & WebSocketActions;

/**
 * A WebSocket that lives as long as the component, and comes back by itself.
 *
 *     const { isConnected, lastMessage, sendMessage } = useWebSocket<Chat>(`wss://example.test/chat/${room}`);
 *
 * `url`: null for none; another text is another connection. A function is asked anew at each attempt, and is taken for the
 * same from one rendering to the next. Of `options` the handlers are always the newest; the rest counts when the socket is
 * made. The component is rendered when a returned value changes, which `lastMessage` does with each message unless
 * `keepLast` is false. The actions are the same functions at each rendering.
 */
export function useWebSocket<T = unknown>(
  url: SocketAddress | null,
  options: WebSocketOptions<T> = {},
): UseWebSocket<T> {
  const [feed] = useState(() => new SocketFeed<T>());
  useLayoutEffect(() => {
    feed.address = url;
    feed.options = options;
  });
  const connection = typeof url === "function" ? "a function" : url;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address is another connection
  useEffect(feed.start, [feed, connection]);
  const view = useReading(feed);
  return useMemo(() => ({ ...view, ...feed.actions }), [view, feed]);
}
