/**
 * Training playground: a network that the learner builds learns the digits while one watches. Its
 * kernels, the maps of a digit, the curves, the confusion table and the mistakes follow each step.
 */

import { packLayers } from "./arithmetic/own-network.js";
import { learnedAsText } from "./arithmetic/training.js";
import { createBench } from "./parts/bench.js";
import { button } from "./parts/controls.js";
import { html, setAttribute, setParts, setText } from "./parts/dom.js";
import { offerNetwork } from "./parts/offered.js";
import { themeOf } from "./parts/paint.js";
import { counted, readoutHead } from "./parts/readout.js";
import { createExperiments } from "./training/experiments.js";
import {
  confusionOf,
  createFigure,
  digitAtPlace,
  mistakesOf,
  mistakeUnder,
  paintConfusion,
  paintCurves,
  paintKernels,
  paintMaps,
  paintMistakes,
  runOnDigit,
} from "./training/pictures.js";
import { createPlan, planCode } from "./training/plan.js";
import { createRunner } from "./training/runner.js";
import { createSession, readAllDigits } from "./training/session.js";

/** @typedef {import("./training/session.js").Session} Session */
/** @typedef {Record<"toggle"|"single"|"begin", () => void>} Actions */

/** Milliseconds between two results that are spoken. */
const TALK = 5000;
/** Mistakes that have room. */
const SHOWN = { wide: 8, narrow: 6 };

const plainChoices = (values) => values.map((value) => [value, value]);
const SETTINGS = [
  {
    name: "rate",
    label: "Learning rate",
    choices: plainChoices(["0.0001", "0.001", "0.003", "0.01", "0.03", "0.1", "1"]),
    primary: true,
  },
  {
    name: "optimizer",
    label: "Optimizer",
    choices: [
      ["SGD", "SGD"],
      ["momentum", "SGD, momentum 0.9"],
      ["Adam", "Adam"],
    ],
  },
  { name: "batch", label: "Batch", choices: plainChoices(["4", "16", "32", "64"]) },
  {
    name: "data",
    label: "Digits",
    choices: [
      ["plain", "as they are"],
      ["shuffled", "pixels shuffled"],
      ["shifted", "held-out ones moved"],
      ["moved", "all moved"],
    ],
  },
  {
    name: "images",
    label: "To learn from",
    choices: [
      ["all", "1,438 digits"],
      ["100", "100 digits"],
      ["10", "10 digits"],
    ],
  },
  {
    name: "start",
    label: "First weights",
    choices: [
      ["random", "random"],
      ["equal", "all equal"],
      ["dead", "biases of −5"],
    ],
  },
  {
    name: "hidden",
    label: "Hidden units",
    choices: [["0", "none"], ...plainChoices(["16", "32", "64"])],
  },
  {
    name: "pace",
    label: "Speed",
    choices: [
      ["watch", "a step a frame"],
      ["fast", "as fast as it can"],
    ],
  },
  { name: "seed", label: "Seed" },
  { name: "digit", label: "Digit shown", primary: true },
  { name: "depth", label: "Convolutions", primary: true },
];

export default { render };

/** @param {{model: any, el: HTMLElement}} context as anywidget's front-end specification has it */
function render(context) {
  const { model } = context;
  const all = readAllDigits(model.get("_digits"), model.get("_labels"));
  let [made, told] = ["", 0];
  const runner = createRunner({
    make() {
      const state = chosenState(model);
      made = whatStartsAnew(state);
      return createSession(all, state);
    },
    slow: () => model.get("pace") === "watch",
    onFrame(time) {
      draw();
      if (time - told < TALK) return;
      told = time;
      bench.announce(wordsOf(runner.session));
    },
    onPause(ended) {
      model.set("_learned", learnedAsText(runner.session.network));
      model.save_changes();
      const concluded = ended && view.experiments.conclude(measured(runner.session));
      bench.drawSoon();
      bench.announce(concluded || wordsOf(runner.session));
    },
  });
  const bench = createBench({
    context,
    title: "Training playground",
    settings: SETTINGS,
    tables: [{ name: "stack", short: "layers", shape: () => [3, 6] }],
    draw() {
      view.measure();
      draw();
    },
    onReset() {
      view.experiments.forget();
      runner.begin();
    },
    code: () => planCode(chosenState(model)),
    folds: true,
  });
  const then = (action) => (given) => {
    action(given);
    bench.drawSoon();
  };
  const actions = { toggle: then(runner.toggle), single: runner.single, begin: then(runner.begin) };
  /** Set an experiment up, and run it. @param {Record<string, any>} changed */
  const run = then((changed) => {
    bench.setAll({ ...bench.initial, pace: model.get("pace"), ...changed });
    runner.begin();
    runner.toggle();
  });
  const networkNow = () => {
    const { misfit, broken, network } = runner.session;
    return misfit || broken ? null : network;
  };
  const view = createView(bench, { ...actions, run, networkNow });
  const theme = themeOf(bench.root, bench.drawSoon);
  bench.onLeave(theme.stop);
  bench.onLeave(() => (runner.playing = false));
  return bench.start();

  function draw() {
    const state = chosenState(model);
    if (whatStartsAnew(state) !== made) runner.begin();
    Object.assign(runner.session.rule, { optimizer: state.optimizer, rate: state.rate });
    view.draw(runner, state, theme.colours());
  }
}

/** What is chosen, from the traits; a number that a link brought becomes the nearest that is. */
function chosenState(model) {
  const columns = model.get("_columns").map((pair) => pair[1]);
  const nearest = (value, choices) =>
    choices.reduce((best, one) => (Math.abs(one - value) < Math.abs(best - value) ? one : best));
  const get = (name) => model.get(name);
  return {
    rows: get("stack")
      .slice(0, get("depth"))
      .map((row) => row.map((value, at) => nearest(value, columns[at]))),
    hidden: Number(get("hidden")),
    batch: Number(get("batch")),
    rate: Number(get("rate")),
    optimizer: get("optimizer"),
    seed: get("seed"),
    data: get("data"),
    images: get("images"),
    start: get("start"),
    digit: get("digit"),
  };
}

/** @typedef {ReturnType<typeof chosenState>} Chosen */

/** What starts anew when it changes: the network and the digits. @param {Chosen} state */
function whatStartsAnew({ rows, hidden, batch, seed, data, images, start }) {
  return JSON.stringify([rows, hidden, batch, seed, data, images, start]);
}

const inPercent = (share) => `${(100 * share).toFixed(1)} %`;

/** @param {Session} session */
function measured({ points, broken }) {
  if (broken) return "The loss is no number any more.";
  const { accuracy } = points[points.length - 1];
  return `${inPercent(accuracy)} of the held-out digits are right.`;
}

/** @param {Session} session */
function wordsOf(session) {
  const { steps, stepsOfEpoch, losses } = session;
  const loss = losses.length ? `, loss ${losses[losses.length - 1].toFixed(2)}` : "";
  return `Epoch ${(steps / stepsOfEpoch).toFixed(1)}${loss}. ${measured(session)}`;
}

/**
 * @param {ReturnType<typeof createBench>} bench
 * @param {Actions & {run: (changed: Record<string, any>) => void, networkNow: () => any}} actions
 */
function createView(bench, { toggle, single, begin, run, networkNow }) {
  const offer = () => {
    const layers = networkNow();
    if (layers) bench.say(offerNetwork(packLayers(layers)));
    else bench.say("This network cannot read: mend it first, or restart.");
  };
  const play = button("Train", toggle, { name: "train", class: "cnn-button primary" });
  const buttons = [
    play,
    button("Step", single, { name: "one-step" }),
    button("Restart", begin, { name: "restart" }),
    button("Next mistake", () => nextMistake(), { name: "next-mistake" }),
    button("Let it read your drawing", offer, { name: "offer" }),
  ];
  const readout = html("div", { class: "cnn-readout" });
  const kernels = createFigure("kernels", "First layer");
  const curves = createFigure("curves", "Loss and accuracy");
  const maps = createFigure("maps", "What it makes of a digit");
  const confusion = createFigure("confusion", "Written, down; read, across");
  const wrongOnes = createFigure("mistakes", "Mistakes");
  const figures = [kernels, curves, maps, confusion, wrongOnes];
  const experiments = createExperiments(run);
  const plan = createPlan(bench);
  /** @type {number[]} */ let wrong = [];
  const room = () => (bench.root.classList.contains("narrow") ? SHOWN.narrow : SHOWN.wide);
  wrongOnes.canvas.addEventListener("click", (event) => {
    const digit = wrong[mistakeUnder(wrongOnes.canvas, event, room())];
    if (digit !== undefined) bench.set("digit", digit);
  });
  const nextMistake = () => {
    const next = wrong.find((at) => at > bench.get("digit")) ?? wrong[0];
    if (next !== undefined) bench.set("digit", next);
  };
  bench.addAbove(
    html(
      "div",
      { class: "cnn-training" },
      html("div", { class: "cnn-buttons" }, ...buttons),
      readout,
      ...figures.map(({ element }) => element),
    ),
    experiments.element,
  );
  bench.addFolded(plan.element);
  return {
    experiments,
    measure: () => figures.forEach((figure) => figure.measure()),
    /** @param {{session: Session, playing: boolean}} now @param {Chosen} state */
    draw({ session, playing }, state, colours) {
      setText(play, playing ? "Pause" : session.steps && !session.broken ? "Go on" : "Train");
      setAttribute(play, "aria-disabled", String(Boolean(session.misfit || session.broken)));
      plan.show(state.rows.length);
      setParts(readout, readoutParts(session));
      if (session.misfit || !colours.text) return;
      const { network, held } = session;
      kernels.draw(paintKernels(network, colours));
      curves.draw(paintCurves(session, colours));
      const [digit, label] = [digitAtPlace(held, state.digit), held.labels[state.digit]];
      const outcome = runOnDigit(network, digit);
      const read = outcome.chances.indexOf(Math.max(...outcome.chances));
      setText(maps.head, `Held-out digit ${state.digit}, a ${label}: read as ${read}`);
      maps.draw(paintMaps(outcome, digit, label, colours));
      confusion.draw(paintConfusion(confusionOf(session), colours));
      wrong = mistakesOf(session);
      wrongOnes.draw(paintMistakes(session, wrong, room(), colours));
      setText(wrongOnes.head, `Wrong: ${wrong.length} of ${held.labels.length}, written → read`);
      if (!playing) nameFigures(figures, session);
    },
  };
}

/** Say in words what the pictures show. @param {ReturnType<typeof createFigure>[]} figures */
function nameFigures([kernels, curves, maps, confusion, mistakes], session) {
  const { filters, kernel = 8 } = session.network.find((layer) => layer.weight);
  const counts = confusionOf(session);
  let [most, worst] = [0, ""];
  counts.forEach((row, truth) =>
    row.forEach((count, guess) => {
      if (truth === guess || count <= most) return;
      [most, worst] = [count, `, most often a ${truth} as ${guess}: ${count} times`];
    }),
  );
  const wrong = mistakesOf(session).length;
  const labels = [
    `${counted(filters, "picture")} of ${kernel}×${kernel} weights: orange above 0, blue below`,
    wordsOf(session),
    `Digit, maps of each convolution, ten probabilities. ${maps.head.textContent}`,
    `Confusion table: ${counted(wrong, "mistake")}${worst}`,
    `The first of ${counted(wrong, "mistake")}`,
  ];
  [kernels, curves, maps, confusion, mistakes].forEach(({ canvas }, at) =>
    setAttribute(canvas, "aria-label", labels[at]),
  );
}

/** @param {Session} session */
function readoutParts(session) {
  const { misfit, network, points, steps, stepsOfEpoch, losses, broken, held } = session;
  if (misfit) {
    const cure = "take that pooling away, or a stride of 1 before it";
    return [
      html(
        "p",
        { class: "cnn-note impossible" },
        `It does not fit: ${misfit}. To mend it, ${cure}.`,
      ),
    ];
  }
  const count = network.reduce(
    (sum, { weight, bias }) => sum + (weight ? weight.length + bias.length : 0),
    0,
  );
  const { accuracy, loss } = points[points.length - 1];
  const wrong = held.labels.length - Math.round(accuracy * held.labels.length);
  const head = readoutHead(
    inPercent(accuracy),
    ` of held-out digits right, ${wrong} wrong`,
    "output",
  );
  const last = losses.length ? losses[losses.length - 1].toFixed(3) : "–";
  const told =
    `Epoch ${(steps / stepsOfEpoch).toFixed(1)}, step ${steps}. Loss: ${last} of this batch, ` +
    `${loss.toFixed(3)} held out. ${counted(count, "parameter")}.`;
  const end =
    "The loss is no number any more: the steps were too long. Restart with a smaller rate.";
  return [head, html("p", {}, broken ? end : told)];
}
