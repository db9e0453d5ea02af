/** Lines that the server does not have yet, or will not have: then why, and when to try again. */

import { type ReactElement, useEffect, useState } from "react";
import type { Outgoing, Sending } from "./use_sending.ts";

export function OutgoingLines({ sending }: { sending: Sending }): ReactElement {
  return (
    <>
      {sending.outgoing.map((line) => (
        <li key={`out ${line.key}`} className="message outgoing" data-own="true" data-failed={line.fault !== ""}>
          <p className="message-words">
            <span className="message-author">You</span>
            <bdi className="message-text">{line.text}</bdi>
            {line.fault === "" ? (
              <span className="message-edited"> (sending)</span>
            ) : (
              <span className="message-fault" role="alert">{`Not sent. ${line.fault}`}</span>
            )}
          </p>
          {line.fault !== "" && <Again line={line} sending={sending} />}
        </li>
      ))}
    </>
  );
}

function Again({ line, sending }: { line: Outgoing; sending: Sending }): ReactElement {
  const waitS = useSecondsTo(line.retryAtMs);
  return (
    <span className="message-again">
      {waitS !== null && (
        <button type="button" className="small" disabled={waitS > 0} onClick={() => sending.retry(line.key)}>
          {waitS > 0 ? `Send again in ${waitS} s` : "Send again"}
        </button>
      )}
      <button type="button" className="plain small" onClick={() => sending.discard(line.key)}>
        Discard
      </button>
    </span>
  );
}

/** Whole seconds, rounded up, until a moment of `performance.now()`; null for never. */
function useSecondsTo(atMs: number | null): number | null {
  const [nowMs, setNowMs] = useState(() => performance.now());
  const isOver = atMs === null || nowMs >= atMs;
  useEffect(() => {
    setNowMs(performance.now());
    if (isOver) return;
    const timer = setInterval(() => setNowMs(performance.now()), 250);
    return () => clearInterval(timer);
  }, [isOver]);
  return atMs === null ? null : Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}
