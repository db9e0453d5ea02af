/** What was said, oldest first; it follows the newest line unless somebody scrolled up to read. What is seen is read. */

import { type ReactElement, type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

const NEAR_PX = 24; // as good as at the end

interface Props {
  /** How much there is: when it grows, the end is followed. */
  readonly length: number;
  readonly newestId: number;
  readonly unread: number;
  readonly markRead: (message: number) => void;
  readonly children: ReactNode;
}

export function MessageList({ length, newestId, unread, markRead, children }: Props): ReactElement {
  const list = useRef<HTMLOListElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const visible = usePageVisible();
  const toEnd = useCallback(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
    setAtEnd(true);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: more lines are what moves the end
  useLayoutEffect(() => {
    if (atEnd) toEnd();
  }, [length, atEnd, toEnd]);
  useEffect(() => {
    // The list becomes smaller when a phone's keyboard comes up: whoever read the end still does.
    if (list.current === null || typeof ResizeObserver === "undefined") return;
    const watching = new ResizeObserver(() => atEnd && toEnd());
    watching.observe(list.current);
    return () => watching.disconnect();
  }, [atEnd, toEnd]);
  useEffect(() => {
    if (visible && atEnd && unread > 0) markRead(newestId);
  }, [visible, atEnd, unread, newestId, markRead]);
  return (
    <div className="messages">
      <ol
        ref={list}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        tabIndex={0}
        aria-label="Messages"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
          setAtEnd(scrollHeight - scrollTop - clientHeight < NEAR_PX)
        }
      >
        {children}
      </ol>
      {!atEnd && (
        <button type="button" className="to-end small" onClick={toEnd}>
          {unread > 0 ? `${unread} new` : "To the newest"}
        </button>
      )}
    </div>
  );
}

function usePageVisible(): boolean {
  const [visible, setVisible] = useState(() => !document.hidden);
  useEffect(() => {
    const look = () => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return visible;
}
