/** The keys, beside the arena. Not on touch screens. */

import type { ReactElement } from "react";
import { Icon } from "../parts/icons.tsx";

export function GameHelp({ watching, netGraph }: { watching: boolean; netGraph: () => void }): ReactElement {
  return (
    <div className="game-help">
      {watching ? (
        <>
          <p>
            <kbd>1</kbd> to <kbd>9</kbd>, a click: follow <kbd>M</kbd> mute
          </p>
          <p>
            <kbd>0</kbd> the leader <kbd>Z</kbd> the whole map
          </p>
        </>
      ) : (
        <>
          <p>
            <kbd>W A S D</kbd> run <kbd>Space</kbd> dash <kbd>M</kbd> mute
          </p>
          <p>Click an item nearby to take it</p>
        </>
      )}
      <button type="button" className="plain small" onClick={netGraph}>
        <Icon name="graph" />
        Net graph <kbd>N</kbd>
      </button>
    </div>
  );
}
