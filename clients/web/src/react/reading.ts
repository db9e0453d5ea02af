/** A reading in a component: rendered again when it changed. */

import { useSyncExternalStore } from "react";
import type { Reading } from "../bindings/reading.ts";

export function useReading<T>({ subscribe, read }: Reading<T>): T {
  return useSyncExternalStore(subscribe, read, read);
}
