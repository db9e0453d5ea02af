/** A reading in a component: a shallow ref that follows it for as long as the component, or the effect scope, lives. */

import { getCurrentInstance, onMounted, type ShallowRef, shallowRef, watch } from "vue";
import type { Reading } from "../bindings/reading.ts";

/** Follow the reading that `source` gives now; another one takes its place when `source` gives another. */
export function useReading<T>(source: () => Reading<T>): Readonly<ShallowRef<T>> {
  const value = shallowRef(source().read());
  const look = (reading: Reading<T>) => {
    value.value = reading.read();
  };
  whenMounted(() => {
    watch(
      source,
      (reading, _, onCleanup) => {
        onCleanup(reading.subscribe(() => look(reading)));
        look(reading);
      },
      { immediate: true, flush: "sync" },
    );
  });
  return value;
}

/** Not before there is a page: on a server nothing is ever unmounted. Outside of components at once. */
export function whenMounted(begin: () => void): void {
  if (getCurrentInstance()) onMounted(begin);
  else begin();
}
