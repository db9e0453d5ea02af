/** `@tickroom/client/chat`: what the people of a session say to each other. */

export { Chat, type ChatOptions, type ChatSubjects, type Talking } from "./chat.ts";
export type { ChatLine } from "./lines.ts";

/** Everybody hears it; or only those who watch. */
export const Channel = { All: 0, Watchers: 1 } as const;
