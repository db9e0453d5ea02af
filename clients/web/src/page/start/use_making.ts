/** Have the server make a session, or find one to play in at once. */

import { useState } from "react";
import { type Api, ApiError, type SessionWishes } from "../../core/api.ts";
import { apiFaultOf } from "../words.ts";

export interface Making {
  readonly busy: boolean;
  make(wanted: SessionWishes | "quick play"): void;
}

export function useMaking(
  api: Api,
  say: (fault: string) => void,
  enter: (code: string, password: string) => void,
): Making {
  const [busy, setBusy] = useState(false);
  const make = async (wanted: SessionWishes | "quick play") => {
    setBusy(true);
    say("");
    try {
      const made = wanted === "quick play" ? await api.quickPlay({}) : await api.createSession(wanted);
      enter(made.code, wanted === "quick play" ? "" : (wanted.password ?? ""));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      say(apiFaultOf(error.reason, error.message));
    } finally {
      setBusy(false);
    }
  };
  return { busy, make: (wanted) => void make(wanted) };
}
