// What every view needs: the store, the place that the address names, and a way to perform an action.

import { createContext, useContext, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { RequestError, get } from "./api.js";

/** Holds `{ store, feed, place, showDialog }`. */
export const Page = createContext(null);

export const usePage = () => useContext(Page);

/** A function that performs an action and reports its failure to the reader. It returns undefined then. */
export function usePerform() {
  const { store } = usePage();
  return async (action, done) => {
    try {
      const result = await action();
      if (done) store.notify(done);
      return result ?? null;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      store.notify(error.message, "error");
      return undefined;
    }
  };
}

/** A handler for the submission of a form. It does nothing while the one before is under way. */
export function useSubmit(action) {
  // The button is not disabled meanwhile, because it would lose the focus.
  const isBusy = useRef(false);
  return async (event) => {
    event.preventDefault();
    if (isBusy.current) return;
    isBusy.current = true;
    try {
      await action(event);
    } finally {
      isBusy.current = false;
    }
  };
}

/**
 * What a path of the sandbox returns, fetched again when `version` changes: `{ data, error }`.
 *
 * The old data stays until the new data has come, so that nothing flickers. Nothing is fetched without a path.
 */
export function useFetched(path, version) {
  const [fetched, setFetched] = useState({ path: null });
  useEffect(() => {
    if (!path) return undefined;
    const aborter = new AbortController();
    get(path, { signal: aborter.signal }).then(
      (data) => setFetched({ path, data }),
      (error) => {
        if (error.name !== "AbortError") setFetched((before) => ({ ...(before.path === path && before), path, error }));
      },
    );
    return () => aborter.abort();
  }, [path, version]);
  return fetched.path === path ? fetched : {};
}

/** A value that follows another one once it has not changed for a while. */
export function useSettled(value, delayMs) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}

/** A value that follows another one, which may never stop changing: it changes at most once in so many milliseconds. */
export function useThrottled(value, intervalMs) {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  const timer = useRef(0);
  latest.current = value;
  useEffect(() => {
    timer.current ||= setTimeout(() => {
      timer.current = 0;
      setShown(latest.current);
    }, intervalMs);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return shown;
}

/** Which of a list and its details a narrow screen shows, where they share the same place, and how to change it. */
export function useDetails(isOpenAtFirst) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const open = () => {
    setOpen(true);
    focusAfterDrawing("[data-details]");
  };
  const close = () => {
    setOpen(false);
    focusAfterDrawing("[data-main] [role=listbox]");
  };
  return { isOpen, open, close };
}

/** Move the focus once what has changed is drawn: until then, the element may be missing or hidden. */
function focusAfterDrawing(selector) {
  requestAnimationFrame(() => document.querySelector(selector)?.focus());
}
