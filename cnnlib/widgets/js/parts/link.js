/**
 * A widget's state in the page's address: `#key?height=7&stride=2`.
 *
 * What comes in by a link is data from outside: each value is read as a number, held against its
 * limits and mended with a word about it.
 */

import { button, copyText } from "./controls.js";
import { html } from "./dom.js";

/**
 * What one number of a state may be.
 * @typedef {{min: number, max: number, whole?: boolean}} Limits
 */

/**
 * The address of this page with the state of one widget in it.
 * @param {string} key
 * @param {Record<string, number|number[]>} state
 */
export function linkTo(key, state) {
  return `${location.href.split("#")[0]}#${key}?${queryOf(state)}`;
}

/** @param {Record<string, any>} state */
function queryOf(state) {
  return Object.entries(state)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join("&");
}

/**
 * Keep a widget's state while the tab is open: after a reload and on the way back it stands as it
 * was left. A link in the address comes first.
 * @param {string} key
 * @param {() => Record<string, any>} stateOf
 * @param {(kept: URLSearchParams) => void} restore
 * @returns {() => void} stops keeping
 */
export function keepState(key, stateOf, restore) {
  const place = `cnn ${location.pathname} ${key}`;
  const first = queryOf(stateOf());
  const save = () => {
    const now = queryOf(stateOf());
    if (now === first) sessionStorage.removeItem(place);
    else sessionStorage.setItem(place, now);
  };
  try {
    const kept = sessionStorage.getItem(place);
    if (kept && !stateIn(key, location.hash)) restore(new URLSearchParams(kept));
  } catch {
    return () => {}; // this browser keeps nothing for us
  }
  addEventListener("pagehide", save);
  return () => removeEventListener("pagehide", save);
}

/**
 * A button that copies a link to the state of a widget, and the field that shows the link.
 * @param {string} key
 * @param {() => Record<string, any>} stateOf
 */
export function linkTools(key, stateOf) {
  const field = { class: "cnn-address", readonly: true, hidden: true };
  const address = /** @type {HTMLInputElement} */ (
    html("input", { ...field, "aria-label": "Link to this state" })
  );
  const link = button("Link to this state", copyLink, { name: "link" });

  async function copyLink() {
    address.value = linkTo(key, stateOf());
    address.hidden = false;
    await copyText(link, address.value);
    address.select();
  }

  return [link, address];
}

/**
 * The parameters that an address holds for widget `key`, or null.
 * @param {string} key
 * @param {string} hash
 * @returns {URLSearchParams|null}
 */
function stateIn(key, hash) {
  const [name, query] = hash.slice(1).split("?");
  return name === key && query !== undefined ? new URLSearchParams(query) : null;
}

/**
 * Hand over the state in the page's address now, and whenever a link to this widget is followed:
 * also to the same state again, which changes no address.
 * @param {string} key
 * @param {(asked: URLSearchParams) => void} takeOver
 * @returns {() => void} stops following
 */
export function followLinks(key, takeOver) {
  const follow = (hash) => {
    const asked = stateIn(key, hash);
    if (asked) takeOver(asked);
  };
  const onHash = () => follow(location.hash);
  const onClick = (event) => {
    const link = event.target.closest?.("a[href*='#']");
    if (link && link.href === location.href) follow(link.hash);
  };
  addEventListener("hashchange", onHash);
  addEventListener("click", onClick);
  onHash();
  return () => {
    removeEventListener("hashchange", onHash);
    removeEventListener("click", onClick);
  };
}

/**
 * Read a number that somebody typed, pasted or linked; complaints go into `words`.
 * @param {string} text
 * @param {string} name
 * @param {Limits} limits
 * @param {string[]} words
 * @returns {number|null} null if it is no number at all
 */
export function readNumber(text, name, { min, max, whole = false }, words) {
  const value = Number(text.trim().replace("−", "-").replace(",", "."));
  if (text.trim() === "" || !Number.isFinite(value)) {
    words.push(`${name} needs a number, and “${text.slice(0, 20)}” is not one.`);
    return null;
  }
  const fine = whole ? Math.round(value) : Math.round(value * 100) / 100;
  const held = Math.max(min, Math.min(max, fine)) + 0;
  if (held !== value) {
    const rule = whole ? "whole numbers" : "numbers with at most two decimals";
    words.push(`${name} takes ${rule} from ${min} to ${max}: ${value} became ${held}.`);
  }
  return held;
}
