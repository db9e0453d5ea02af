/** A session of one's own: map, seats, length of a round, and whether strangers may find it. */

import type { FormEvent, ReactElement } from "react";
import type { SessionWishes } from "../../core/api.ts";
import { MAP_NAMES, ROUND_LENGTHS_S, SEAT_COUNTS } from "../choices.ts";
import { capitalised, counted, lengthOf } from "../words.ts";
import { MoreSettings, moreWishesIn } from "./more_settings.tsx";

const USUAL_SEATS = 8;
const USUAL_ROUND_S = 180;

interface Props {
  readonly busy: boolean;
  readonly create: (wishes: SessionWishes) => void;
}

export function CreateForm({ busy, create }: Props): ReactElement {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    create({
      seats: Number(form.get("seats")),
      round_s: Number(form.get("round_s")),
      public: form.get("public") !== null,
      auto_start: false, // whoever creates one waits for friends: all ready, or the host starts
      options: { map: String(form.get("map")) },
      ...moreWishesIn(form),
    });
  };
  return (
    <form className="panel create-panel" onSubmit={submit}>
      <h2>New session</h2>
      <div className="fields">
        <label className="field-of">
          <span>Map</span>
          <select name="map">
            {MAP_NAMES.map((name) => (
              <option key={name} value={name}>
                {capitalised(name)}
              </option>
            ))}
          </select>
        </label>
        <label className="field-of">
          <span>Seats</span>
          <select name="seats" defaultValue={USUAL_SEATS}>
            {SEAT_COUNTS.map((count) => (
              <option key={count} value={count}>
                {counted(count, "player")}
              </option>
            ))}
          </select>
        </label>
        <label className="field-of">
          <span>Round length</span>
          <select name="round_s" defaultValue={USUAL_ROUND_S}>
            {ROUND_LENGTHS_S.map((seconds) => (
              <option key={seconds} value={seconds}>
                {lengthOf(seconds)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <MoreSettings />
      <label className="check">
        <input name="public" type="checkbox" defaultChecked />
        <span>Public: anybody may find it here</span>
      </label>
      <button type="submit" disabled={busy}>
        Create
      </button>
    </form>
  );
}
