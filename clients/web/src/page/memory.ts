/** What the browser remembers: name and mute for good, a seat's token while the tab lives. Private modes may refuse. */

import { cleanName } from "./name.ts";

const NAME = "tickroom.name";
const MUTED = "tickroom.muted";
const TOKEN = "tickroom.token.";

/** One that the server takes, whatever was stored. */
export function rememberedName(): string {
  return cleanName(attempt(() => localStorage.getItem(NAME)) ?? "");
}

export function rememberName(name: string): void {
  attempt(() => localStorage.setItem(NAME, name));
}

export function rememberedMute(): boolean {
  return attempt(() => localStorage.getItem(MUTED)) === "1";
}

export function rememberMute(muted: boolean): void {
  attempt(() => localStorage.setItem(MUTED, muted ? "1" : "0"));
}

/** Keep the token of a seat for the next life of this page. */
export function keepToken(code: string, token: string): void {
  attempt(() => sessionStorage.setItem(TOKEN + code, token));
}

/** The token that was kept, if there is one; it is kept no longer. */
export function takeToken(code: string): string | null {
  const token = attempt(() => sessionStorage.getItem(TOKEN + code));
  attempt(() => sessionStorage.removeItem(TOKEN + code));
  return token;
}

/** Storage that is forbidden or full is as good as none. */
function attempt<T>(access: () => T): T | null {
  try {
    return access();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
