/** The page's beginning: a client for the server it came from, and React in the one element of index.html. */

import "./styles/index.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { arenaTwin } from "../arena/index.ts";
import { Client } from "../core/client.ts";
import { ARENA } from "../generated/protocol.ts";
import { destinationOf } from "./address.ts";
import { App } from "./app.tsx";
import { keepToken, rememberedMute, takeToken } from "./memory.ts";
import { Sounds } from "./sound/index.ts";
import { Visit } from "./visit.ts";

const visit = new Visit(new Client(location.origin, { game: ARENA, twin: arenaTwin }));
const sounds = new Sounds();
sounds.muted = rememberedMute();

function followAddress(): void {
  const destination = destinationOf(new URL(location.href));
  if (destination) visit.enter(destination);
  else if (visit.session) visit.leave();
}

// The seat is kept while the page is loaded anew. Written only on the way out: a tab that is duplicated gets no token.
addEventListener("pagehide", () => {
  const key = visit.session?.resumeKey;
  if (visit.session && key) keepToken(visit.session.code, key.slice(visit.session.code.length + 1)); // "CODE.token"
});
addEventListener("pageshow", (event) => {
  const code = event.persisted && visit.session?.code;
  if (code) takeToken(code); // the page itself came back, with its session
});
addEventListener("hashchange", followAddress);
// For the browser's console, and for tests: the state is the same for everybody who plays, so there is nothing to hide.
Object.defineProperty(globalThis, "tickroom", { get: () => visit.session });

followAddress();
createRoot(document.getElementById("page")!).render(
  <StrictMode>
    <App visit={visit} sounds={sounds} />
  </StrictMode>,
);
