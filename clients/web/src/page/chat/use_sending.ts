/**
 * Lines on their way: shown at once, gone when the server has them, and kept with the reason when it will not have them.
 * Nothing is sent again by itself: what was refused once may be out of place by then.
 */

import { useRef, useState } from "react";
import { Refused } from "../../core/requests.ts";
import { chatRefusalOf } from "./words.ts";

export interface Outgoing {
  readonly key: number;
  readonly channel: number;
  readonly text: string;
  /** "" while it is on its way. */
  readonly fault: string;
  /** By `performance.now()`: when it is worth another try; null when it never is. */
  readonly retryAtMs: number | null;
}

export interface Sending {
  readonly outgoing: readonly Outgoing[];
  /** Resolves to "" when it is said, else to why not. */
  send(text: string, channel: number): Promise<string>;
  retry(key: number): void;
  discard(key: number): void;
}

type Say = (text: string, channel: number) => Promise<unknown>;

export function useSending(say: Say): Sending {
  const [outgoing, setOutgoing] = useState<readonly Outgoing[]>([]);
  const lastKey = useRef(0);
  const discard = (key: number) => setOutgoing((lines) => lines.filter((line) => line.key !== key));
  const attempt = async (line: Outgoing): Promise<string> => {
    setOutgoing((lines) => [...lines.filter(({ key }) => key !== line.key), { ...line, fault: "", retryAtMs: null }]);
    try {
      await say(line.text, line.channel);
      discard(line.key);
      return "";
    } catch (error) {
      const { fault, retryAtMs } = faultOf(error);
      setOutgoing((lines) => lines.map((each) => (each.key === line.key ? { ...each, fault, retryAtMs } : each)));
      return fault;
    }
  };
  return {
    outgoing,
    send: (text, channel) => attempt({ key: ++lastKey.current, channel, text, fault: "", retryAtMs: null }),
    retry: (key) => {
      const line = outgoing.find((each) => each.key === key);
      if (line !== undefined) void attempt(line);
    },
    discard,
  };
}

/** Why, and from when on another try makes sense. Anything but a refusal is our own fault, and not hidden. */
function faultOf(error: unknown): Pick<Outgoing, "fault" | "retryAtMs"> {
  if (!(error instanceof Refused)) throw error;
  const retryAtMs = error.retryable ? performance.now() + (error.retryAfterMs ?? 0) : null;
  return { fault: chatRefusalOf(error.reason), retryAtMs };
}
