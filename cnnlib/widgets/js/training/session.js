/** One training from its start on: the network, the digits, and a record of what happened. */

import { movedAbout, shuffled, withFirstWeights } from "../arithmetic/first-weights.js";
import { networkPlan, readDigits, trainOn } from "../arithmetic/training.js";

/** @typedef {ReturnType<typeof createSession>} Session */
/** @typedef {{images: Float64Array, labels: number[]}} Digits */

/** Pixels of a digit; digits to learn from; the least steps that a run takes. */
const [CELLS, LEARNED, LEAST_STEPS] = [64, 1438, 300];
/** Epochs of a run. */
const EPOCHS = 10;

/**
 * The digits as Python wrote them: a letter for each pixel, the training digits first.
 * @param {string} letters @param {string} labels
 */
export function readAllDigits(letters, labels) {
  const pixels = Float64Array.from(letters, (letter) => (letter.charCodeAt(0) - 97) / 16);
  return { pixels, labels: Array.from(labels, Number) };
}

/** What a session learns from, and what it is measured on. */
function digitsFor({ pixels, labels }, { data, images, seed }) {
  const order = data === "shuffled" ? shuffled(CELLS, seed) : null;
  const placed = order
    ? pixels.map((_, at) => pixels[at - (at % CELLS) + order[at % CELLS]])
    : pixels;
  const parts = [0, LEARNED, labels.length].map((end) => end * CELLS);
  const move = (digits, which) => movedAbout(digits, 2, seed + which);
  let learn = placed.slice(0, parts[1]);
  let held = placed.slice(parts[1]);
  if (data === "moved") learn = move(learn, 1);
  if (data === "moved" || data === "shifted") held = move(held, 2);
  const each = images === "all" ? LEARNED : Number(images) / 10;
  const seen = new Array(10).fill(0);
  const chosen = labels
    .slice(0, LEARNED)
    .flatMap((label, at) => (seen[label]++ < each ? [at] : []));
  return {
    learn: pick({ images: learn, labels }, chosen),
    held: { images: held, labels: labels.slice(LEARNED) },
  };
}

/** Some of the digits. @param {Digits} digits @param {number[]} chosen @returns {Digits} */
function pick({ images, labels }, chosen) {
  const picked = new Float64Array(chosen.length * CELLS);
  chosen.forEach((at, n) => picked.set(images.subarray(at * CELLS, (at + 1) * CELLS), n * CELLS));
  return { images: picked, labels: chosen.map((at) => labels[at]) };
}

/**
 * @param {ReturnType<typeof readAllDigits>} all
 * @param {any} state what the learner chose
 */
export function createSession(all, state) {
  const { layers, misfit } = networkPlan(state.rows, state.hidden);
  const { learn, held } = digitsFor(all, state);
  const each = Math.ceil(learn.labels.length / state.batch);
  const session = {
    misfit,
    held,
    network: withFirstWeights(layers, state.seed, state.start),
    rule: { optimizer: state.optimizer, rate: state.rate },
    stepsOfEpoch: each,
    /** Steps at which it pauses by itself. */
    until: 0,
    steps: 0,
    /** @type {number[]} of each step */ losses: [],
    /** @type {{step: number, loss: number, accuracy: number, learned: number}[]} */ points: [],
    /** @type {Uint8Array} what each held-out digit is read as */ guesses: new Uint8Array(0),
    broken: false,
    /** Let it learn for a while more. */
    goOn() {
      session.until = session.steps + Math.max(EPOCHS * each, LEAST_STEPS);
    },
    /** Do a part of the work; true when a step is complete. */
    advance: () => Boolean(work.next().value),
  };
  session.goOn();
  const work = misfit ? [].values() : learning(session, learn, state);
  return session;
}

function* learning(session, learn, { batch, seed }) {
  const { network, held, rule, stepsOfEpoch } = session;
  const every = Math.max(15, Math.round(stepsOfEpoch / 3));
  let [right, seen] = [0, 0];
  const measure = function* () {
    const { loss, accuracy, guesses } = yield* readDigits(network, held.images, held.labels);
    session.guesses = guesses;
    session.points.push({
      step: session.steps,
      loss,
      accuracy,
      learned: seen ? right / seen : NaN,
    });
    [right, seen] = [0, 0];
  };
  yield* measure();
  for (const event of trainOn(network, batchesOf(learn, batch, seed), rule)) {
    if (event) {
      session.losses.push(event.loss);
      session.steps++;
      session.broken = !Number.isFinite(event.loss);
      [right, seen] = [right + event.right, seen + Math.min(batch, learn.labels.length)];
      if (session.broken || session.steps % every === 0) yield* measure();
    }
    yield Boolean(event);
  }
}

/** Batch after batch, epoch after epoch, each in an order of its own. */
function* batchesOf(learn, batch, seed) {
  for (let epoch = 0; ; epoch++) {
    const order = shuffled(learn.labels.length, 1000 * seed + epoch);
    for (let from = 0; from < order.length; from += batch) {
      yield pick(learn, order.slice(from, from + batch));
    }
  }
}
