/** What may be done about somebody, below their line: not to hear them, and for the host the rest. */

import { type ReactElement, useEffect, useState } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { ask } from "../ask.ts";
import { orSay } from "../chat/or_say.ts";
import { useSessionChat } from "../chat/use_session_chat.ts";

export interface Somebody {
  readonly person: number;
  readonly name: string;
  readonly bot: boolean;
  readonly seated: boolean;
}

interface Props {
  readonly session: ArenaSession;
  readonly somebody: Somebody;
  readonly isHost: boolean;
  readonly say: (words: string) => void;
}

export function PersonButtons({ session, somebody, isHost, say }: Props): ReactElement {
  const { person, name, bot, seated } = somebody;
  const chat = useSessionChat(session);
  const isMuted = chat?.muted.has(person) ?? false;
  const isSilenced = chat?.silenced.has(person) ?? false;
  return (
    <div className="person-buttons">
      {chat && !bot && (
        <button
          type="button"
          className="small"
          aria-label={`Ignore ${name}`}
          aria-pressed={isMuted}
          title="You no longer see what they say"
          onClick={() => orSay(chat.mute(person, !isMuted), "That did not work.", say)}
        >
          Ignore
        </button>
      )}
      {isHost && !bot && (
        <>
          {chat && (
            <button
              type="button"
              className="small"
              aria-label={`Silence ${name}`}
              aria-pressed={isSilenced}
              title="Nobody sees what they say"
              onClick={() => orSay(chat.silence(person, !isSilenced), "That did not work.", say)}
            >
              Silence
            </button>
          )}
          {seated && (
            <Sure
              label="Hand over"
              to={name}
              title="They become the host"
              act={() => ask(session, say, "hand_over", person)}
            />
          )}
          <Sure
            label="Ban"
            to={name}
            title="Out, and they cannot come back"
            act={() => ask(session, say, "ban", person)}
          />
        </>
      )}
    </div>
  );
}

const SURE_MS = 5000; // time to press again; then it was nothing

interface SureProps {
  readonly label: string;
  readonly to: string;
  readonly title: string;
  readonly act: () => void;
}

/**
 * What cannot be taken back is asked for twice, at the same place. Losing the focus alone takes nothing back: the session
 * screen takes it from every button that is clicked. Nor does a finger that leaves: it does so at the end of each tap.
 */
function Sure({ label, to, title, act }: SureProps): ReactElement {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (!asked) return;
    const timer = setTimeout(() => setAsked(false), SURE_MS);
    return () => clearTimeout(timer);
  }, [asked]);
  return (
    <button
      type="button"
      className={asked ? "small sure" : "small"}
      aria-label={asked ? `${label} ${to}: sure?` : `${label} ${to}`}
      title={title}
      onBlur={({ relatedTarget }) => relatedTarget !== null && setAsked(false)}
      onPointerLeave={({ pointerType }) => pointerType === "mouse" && setAsked(false)}
      onClick={() => {
        setAsked(!asked);
        if (asked) act();
      }}
    >
      {/* As wide as the wider of both, always: else it may wrap away from under the mouse. */}
      <span className="sure-words">
        <span data-shown={!asked}>{label}</span>
        <span data-shown={asked}>Sure?</span>
      </span>
    </button>
  );
}
