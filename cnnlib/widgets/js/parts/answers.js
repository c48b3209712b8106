/**
 * What this browser keeps of each question and exercise, and when a question is due again.
 *
 * A question comes back as in Leitner's boxes: right on the day that it is due, it moves one box on
 * and waits longer; wrong, it falls back to the first. The scripts of a page have these functions
 * as `cnnAnswers` (book/_ext/course_work.py), so that pages and notebooks keep the same.
 *
 * @typedef {object} Entry what is kept of one question or exercise
 * @property {number} tries
 * @property {number[]} solved which sets of numbers are solved; an exercise has one, 0
 * @property {boolean} [first] whether the first try was right
 * @property {Record<string, number>} [slips] what was said to wrong answers, and how often
 * @property {string} [text] what was typed last
 * @property {number} [box]
 * @property {number} [due] from which day on, as `dayOf` counts
 */

const ANSWERS = "cnnlib-answers";
/** Days that a question waits in each box. */
const BOX_DAYS = [1, 3, 7, 21, 60, 180];
/** Where the browser keeps nothing, what was answered since the page was opened. */
let unkept = "{}";

/**
 * The number of a day, by the clock on the wall.
 * @param {number} milliseconds
 * @param {number} offset minutes that the clock on the wall is behind UTC
 */
export function dayOf(milliseconds, offset) {
  return Math.floor((milliseconds - offset * 60_000) / 86_400_000);
}

export function today() {
  return dayOf(Date.now(), new Date().getTimezoneOffset());
}

/**
 * What is kept after one more try.
 * @param {Entry|undefined} entry
 * @param {{right: boolean, set?: number, slip?: string, text?: string}} result `set`: which numbers
 *   were asked; `slip`: what was said of a known mistake
 * @param {number} day
 * @returns {Entry}
 */
export function afterTry(entry, { right, set = 0, slip, text }, day) {
  const own = entry ?? { tries: 0, solved: [] };
  const slips = { ...own.slips };
  if (slip) slips[slip] = (slips[slip] ?? 0) + 1;
  return {
    ...own,
    tries: own.tries + 1,
    solved: right && !own.solved.includes(set) ? [...own.solved, set] : own.solved,
    first: own.tries ? own.first : right,
    slips,
    ...boxAfter(own, right, day),
    ...(text === undefined ? {} : { text }),
  };
}

/**
 * Right before its day, a question stays where it is: that was practice.
 * @param {Entry} entry
 * @param {boolean} right
 * @param {number} day
 */
function boxAfter({ box = 0, due }, right, day) {
  if (!right) return { box: 0, due: day + BOX_DAYS[0] };
  if (due > day) return { box, due };
  const next = Math.min(box + 1, BOX_DAYS.length - 1);
  return { box: next, due: day + BOX_DAYS[next] };
}

/**
 * Whether a question that was tried is to be asked again.
 * @param {Entry|undefined} entry
 * @param {number} day
 */
export function isDue(entry, day) {
  return (entry?.tries ?? 0) > 0 && !(entry.due > day);
}

/**
 * Which of its sets of numbers a question asks next: one that is not solved yet, if there is one.
 * @param {Entry} entry
 * @param {number} count
 */
export function nextSet({ tries, solved }, count) {
  for (let set = 0; set < count; set++) if (!solved.includes(set)) return set;
  return tries % count;
}

/** Whether something from outside has the form of an entry. @param {any} entry */
export function isEntry(entry) {
  const whole = Number.isInteger;
  return (
    whole(entry?.tries) &&
    Array.isArray(entry.solved) &&
    (entry.box === undefined || (whole(entry.box) && entry.box in BOX_DAYS)) &&
    (entry.due === undefined || whole(entry.due))
  );
}

/** All entries by name. What is stored may be anything. @returns {Record<string, Entry>} */
export function readAnswers() {
  try {
    const stored = JSON.parse(storedAnswers());
    if (!stored || typeof stored !== "object" || Array.isArray(stored)) return {};
    return Object.fromEntries(Object.entries(stored).filter(([, entry]) => isEntry(entry)));
  } catch {
    return {}; // damaged
  }
}

function storedAnswers() {
  try {
    return localStorage.getItem(ANSWERS) ?? "{}";
  } catch {
    return unkept;
  }
}

/** Keep these entries and no others, and tell the page. @param {Record<string, any>|null} all */
export function keepAnswers(all) {
  unkept = JSON.stringify(all ?? {});
  try {
    if (all) localStorage.setItem(ANSWERS, unkept);
    else localStorage.removeItem(ANSWERS);
  } catch {
    // blocked or full: `unkept` has it until the page is closed
  }
  dispatchEvent(new Event("cnn-progress"));
}
