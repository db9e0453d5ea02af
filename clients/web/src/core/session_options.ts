/** What a session is opened with. `Client` fills it in. */

import type { GameDescription } from "./api.ts";
import type { ConnectionOptions } from "./connection.ts";
import type { Identity, Password } from "./identity.ts";
import type { MakeTwin } from "./prediction.ts";
import type { GameSchema } from "./schema.ts";

export interface SessionOptions<Game extends GameSchema> {
  readonly code: string;
  readonly nickname: string;
  readonly schema: Game;
  /** The WebSocket's address; asked anew at each attempt. */
  readonly address: () => string | Promise<string>;
  /** Look on without a seat. */
  readonly watch?: boolean | undefined;
  /** The token of a seat that was ours, to have it again. */
  readonly token?: string | null | undefined;
  readonly password?: Password | undefined;
  readonly identity?: Identity | undefined;
  /** When the seat is given up by then, join as anybody would. Default true. */
  readonly rejoin?: boolean | undefined;
  /** Predicts the own row; made for each welcome, with what the server says of the game. */
  readonly twin?: MakeTwin | undefined;
  readonly describe?: (() => Promise<GameDescription>) | undefined;
  readonly openSocket?: ConnectionOptions["openSocket"];
  readonly random?: ConnectionOptions["random"];
  readonly environment?: ConnectionOptions["environment"];
}
