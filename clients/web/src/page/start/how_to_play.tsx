/** The rules in a few lines, with the items as they look in the arena. */

import type { ReactElement } from "react";
import { CoinShape, GemShape } from "./scene.tsx";

export function HowToPlay(): ReactElement {
  return (
    <section className="panel how-panel" aria-labelledby="how-title">
      <h2 id="how-title">How to play</h2>
      <dl className="how">
        <div>
          <dt>Run</dt>
          <dd>
            <kbd>W A S D</kbd> or arrow keys, a gamepad, or the stick on a touch screen.
          </dd>
        </div>
        <div>
          <dt>Dash</dt>
          <dd>
            <kbd>Space</kbd>, or the Dash button: knock up to three coins out of whoever you hit.
          </dd>
        </div>
        <div>
          <dt>
            <svg viewBox="-10 -10 20 20" aria-hidden="true">
              <CoinShape />
            </svg>
            <svg viewBox="-10 -12 20 24" aria-hidden="true">
              <GemShape />
            </svg>
            Collect
          </dt>
          <dd>A coin is 10 points, a gem 50. Run over it, or click one nearby.</dd>
        </div>
        <div>
          <dt>Powers</dt>
          <dd>Boots make you faster, a magnet pulls items in, a shield stops one dash.</dd>
        </div>
      </dl>
    </section>
  );
}
