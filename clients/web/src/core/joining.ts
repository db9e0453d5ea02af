/** From a socket that is being opened to a session that can be played: a promise. */

import { CLOSE_CODES } from "../generated/protocol.ts";
import type { GameSchema } from "./schema.ts";
import type { Session } from "./session.ts";
import type { Departure } from "./subjects.ts";

const MESSAGES: Readonly<Record<string, string>> = {
  not_authenticated: "The seat was given up: join again for a new one.",
  not_allowed: "The server does not allow this page or player to join.",
  no_such_session: "No session has this code: check it, or create one.",
  session_full: "Every seat of the session is taken.",
  version_mismatch: "This client and the server are of different versions: load the newest one.",
  kicked: "The host has sent this player away.",
  banned: "The host has banned this player.",
  locked: "The host lets nobody else in.",
  wrong_password: "The session has another password.",
};

/** The session could not be joined. `code`: the close code; `retryable`: trying again may help; `message`: for people. */
export class JoinRefused extends Error {
  readonly code: number;
  readonly reason: string;
  readonly retryable: boolean;

  constructor(code: number, reason: string, retryable: boolean) {
    super(MESSAGES[reason] ?? `The session could not be joined: ${reason || "the server was not reached"} (${code}).`);
    this.name = "JoinRefused";
    this.code = code;
    this.reason = reason;
    this.retryable = retryable;
  }
}

/** Resolves with the first state; rejects with JoinRefused when it is over before, or with the signal's reason. */
export function joined<Game extends GameSchema>(session: Session<Game>, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void) => {
      stopState();
      stopLeave();
      signal?.removeEventListener("abort", abort);
      finish();
    };
    const abort = () => {
      const { reason } = signal!;
      end(() => reject(reason));
      session.leave();
    };
    const refuse = ({ code, reason, retryable }: Departure) => {
      const named = reason || ((CLOSE_CODES as Record<number, { reason: string }>)[code]?.reason ?? "");
      end(() => reject(new JoinRefused(code, named, retryable)));
    };
    const stopState = session.on("state", () => end(resolve));
    const stopLeave = session.on("leave", refuse);
    signal?.addEventListener("abort", abort);
  });
}
