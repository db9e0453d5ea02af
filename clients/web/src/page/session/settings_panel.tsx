/** Map, items and length of a round: the host chooses, the others see. */

import type { ReactElement } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { ask, ROUND_S } from "../ask.ts";
import { choicesWith, ITEM_COUNTS, ITEMS_SETTING, MAP_NAMES, MAP_SETTING, ROUND_LENGTHS_S } from "../choices.ts";
import { useTold } from "../hooks.ts";
import { capitalised, lengthOf } from "../words.ts";

interface Props {
  readonly session: ArenaSession;
  readonly isHost: boolean;
  readonly say: (words: string) => void;
}

export function SettingsPanel({ session, isHost, say }: Props): ReactElement {
  const told = useTold(session, ["settings", "welcome"], () => session.settings);
  const { map = 0, items = 0, round_s: roundS = 0 } = told;
  const configure = (setting: number) => (value: number) => ask(session, say, "configure", setting, value);
  const wordsOfItems = (count: number) => (count === 0 ? "To fit the seats" : String(count));
  if (!isHost) {
    return (
      <p className="settings-told">
        {capitalised(MAP_NAMES[map] ?? "?")}, {lengthOf(roundS)} a round
        {items > 0 && `, ${items} items`}
      </p>
    );
  }
  return (
    <fieldset className="settings">
      <legend>Settings</legend>
      <Choice
        label="Map"
        value={map}
        values={MAP_NAMES.map((_, at) => at)}
        words={(at) => capitalised(MAP_NAMES[at] ?? "?")}
        choose={configure(MAP_SETTING)}
      />
      <Choice
        label="Round length"
        value={roundS}
        values={choicesWith(ROUND_LENGTHS_S, roundS)}
        words={lengthOf}
        choose={configure(ROUND_S)}
      />
      <Choice
        label="Items"
        value={items}
        values={choicesWith(ITEM_COUNTS, items)}
        words={wordsOfItems}
        choose={configure(ITEMS_SETTING)}
      />
    </fieldset>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: number;
  readonly values: readonly number[];
  readonly words: (value: number) => string;
  readonly choose: (value: number) => void;
}

function Choice({ label, value, values, words, choose }: ChoiceProps): ReactElement {
  return (
    <label className="field-of">
      <span>{label}</span>
      <select value={value} onChange={(event) => choose(Number(event.target.value))}>
        {values.map((each) => (
          <option key={each} value={each}>
            {words(each)}
          </option>
        ))}
      </select>
    </label>
  );
}
