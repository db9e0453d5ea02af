/** The code in large, and the link to it: copied, shared, or as a QR code. */

import { type ReactElement, useState } from "react";
import { isThisMachine, linkTo } from "../address.ts";
import { copyText } from "../clipboard.ts";
import { Icon } from "../parts/icons.tsx";
import { QrCode } from "../parts/qr_code.tsx";
import type { Say } from "../toasts.ts";

const LINK_COPIED = "Link copied. Send it to a friend.";
const BY_HAND_MS = 20_000; // time to mark a link and copy it

export function Invite({ code, say }: { code: string; say: Say }): ReactElement {
  const page = new URL(location.href);
  const link = linkTo({ code, watch: false }, page);
  const watchLink = linkTo({ code, watch: true }, page);
  const [largeQr, setLargeQr] = useState(false);
  return (
    <div className="invite" data-large-qr={largeQr}>
      <div className="invite-words">
        <p className="quiet">Friends join with this code</p>
        <p className="code">
          <span className="unseen">{[...code].join(" ")}</span>
          <span aria-hidden="true">{code}</span>
        </p>
        <div className="buttons">
          <button type="button" onClick={() => copyLink(code, say)}>
            <Icon name="copy" />
            Copy link
          </button>
          {"share" in navigator && (
            <button type="button" onClick={() => share(link, code, say)}>
              <Icon name="share" />
              Share
            </button>
          )}
          <button
            type="button"
            className="plain"
            aria-label="Copy the link for spectators"
            title="Copy the link for spectators"
            onClick={() => copy(watchLink, "Link for spectators copied.", say)}
          >
            <Icon name="eye" />
          </button>
        </div>
        {isThisMachine(page.hostname) && <p className="hint">This address works on this computer only.</p>}
      </div>
      <button
        type="button"
        className="qr-button"
        aria-pressed={largeQr}
        aria-label="QR code, larger"
        title={largeQr ? "Smaller" : "Larger"}
        onClick={() => setLargeQr(!largeQr)}
      >
        <QrCode link={link} label={`QR code of the link ${link}`} />
      </button>
    </div>
  );
}

/** The link to join, into the clipboard; said when done. */
export function copyLink(code: string, say: Say): void {
  void copy(linkTo({ code, watch: false }, new URL(location.href)), LINK_COPIED, say);
}

async function copy(link: string, done: string, say: Say): Promise<void> {
  if (await copyText(link)) say(done);
  else say(`Send this: ${link}`, BY_HAND_MS);
}

async function share(link: string, code: string, say: Say): Promise<void> {
  try {
    await navigator.share({ title: "Tickroom", text: `Play with me: ${code}`, url: link });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return; // thought better of it
    await copy(link, LINK_COPIED, say);
  }
}
