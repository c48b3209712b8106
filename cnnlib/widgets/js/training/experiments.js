/** Experiments with a training: a question first, then one click sets it up and runs it. */

import { button } from "../parts/controls.js";
import { html, setText } from "../parts/dom.js";

/**
 * @typedef {object} Experiment
 * @property {string} name
 * @property {Record<string, any>} state what differs from the first state
 * @property {string} question
 * @property {string[]} answers
 * @property {number} right which of them
 * @property {string} why
 */

/** Without ReLU and pooling. */
const LINEAR = [
  [8, 3, 1, 0, 0, 0],
  [16, 3, 1, 0, 0, 0],
  [16, 3, 1, 0, 0, 0],
];

/** @type {Experiment[]} */
const EXPERIMENTS = [
  {
    name: "Learning rate too high",
    state: { rate: "1" },
    question:
      "Adam with a learning rate of 1, a hundred times the first one. What does the loss do?",
    answers: ["It falls faster", "It jumps up and stays high", "It does not move"],
    right: 1,
    why:
      "The first steps throw the weights so far that most ReLUs are 0 for every digit, and a " +
      "ReLU at 0 passes no gradient on. Nothing below it can recover.",
  },
  {
    name: "Dead ReLU",
    state: { start: "dead" },
    question: "All biases of the convolutions start at −5. What do the kernels learn?",
    answers: ["As much as ever, only later", "Nothing", "The biases rise, then the kernels learn"],
    right: 1,
    why:
      "Every sum is negative, so every ReLU is 0, and its slope is 0, too. No gradient gets " +
      "below it: neither kernels nor biases move. Only the biases of the last layer learn.",
  },
  {
    name: "All weights equal",
    state: { start: "equal", rate: "0.003" },
    question:
      "All weights of a layer start equal. How many different kernels are there in the end?",
    answers: ["1", "2", "8"],
    right: 0,
    why:
      "Equal weights compute equal maps and get equal gradients, so they stay equal: one kernel, " +
      "eight times. Chance at the start is what makes filters differ.",
  },
  {
    name: "No nonlinearity",
    state: { stack: LINEAR },
    question: "Two convolutions without ReLU and pooling. How good is the network now?",
    answers: ["As good as before", "No better than one dense layer", "It learns nothing"],
    right: 1,
    why:
      "A sum of sums is a sum: the whole network could be one dense layer. These digits are so " +
      "easy that one dense layer reads some 94 of 100. Set Convolutions to 0 and compare.",
  },
  {
    name: "Pixels shuffled",
    state: { data: "shuffled" },
    question:
      "In all digits the pixels change places, in the same way. Does it still learn to read?",
    answers: ["No, only noise is left", "Yes, a little worse", "Yes, and better"],
    right: 1,
    why:
      "Nothing is lost, but neighbours are no longer neighbours, and that is what a kernel " +
      "looks at. The dense layer makes up for most of it.",
  },
  {
    name: "Digits shifted",
    state: { data: "shifted" },
    question:
      "It learns from centred digits, and then each held-out digit is moved by up to two pixels. " +
      "How many does it read?",
    answers: ["Nearly all: convolution does not mind", "About half", "About one in five"],
    right: 2,
    why:
      "The maps move along with the digit. But the dense layer has a weight for each place, and " +
      "has never seen a stroke there. Let all digits move (under Digits), and it learns that, too.",
  },
  {
    name: "Ten images only",
    state: { images: "10" },
    question: "It learns from ten digits, one of each class. How many of the others will it read?",
    answers: ["About one in ten", "About half", "Nearly all"],
    right: 1,
    why:
      "It knows its ten digits by heart: the blue curve reaches 100 %. What one 4 has in common " +
      "with other 4s is more than chance, and far from enough.",
  },
];

/**
 * The buttons, and the panel with question and outcome.
 * @param {(state: Record<string, any>) => void} start set this state up and run it
 */
export function createExperiments(start) {
  /** @type {Experiment|undefined} */ let asked;
  /** @type {number|undefined} */ let guess;
  const question = html("p");
  const answers = html("div", { class: "cnn-buttons" });
  const outcome = html("p", { class: "cnn-feedback" });
  const chips = EXPERIMENTS.map((one) =>
    button(one.name, () => ask(one), { "aria-pressed": false }),
  );
  const element = html(
    "details",
    { class: "cnn-fold" },
    html("summary", {}, "Experiments: guess first, then see"),
    html("div", { class: "cnn-buttons" }, ...chips),
    html("div", { class: "cnn-experiment" }, question, answers, outcome),
  );

  /** @param {Experiment} [one] none: back to the first state */
  function ask(one) {
    [asked, guess] = [one, undefined];
    EXPERIMENTS.forEach((each, at) => chips[at].setAttribute("aria-pressed", String(each === one)));
    setText(question, one?.question ?? "Choose one: it asks you first, then it runs.");
    setText(outcome, "");
    answers.replaceChildren(
      ...(one?.answers ?? []).map((words, at) =>
        button(words, () => {
          guess = at;
          setText(outcome, `You said: ${words}. Watch.`);
          start(one?.state ?? {});
        }),
      ),
    );
  }
  ask();
  return {
    element,
    forget: () => ask(),
    /** The run is over. @param {string} figures what was measured */
    conclude(figures) {
      if (!asked || guess === undefined) return "";
      const right = guess === asked.right;
      const verdict = right ? "You were right." : `It is: ${asked.answers[asked.right]}.`;
      setText(outcome, `${figures} ${verdict} ${asked.why}`);
      guess = undefined;
      return outcome.textContent ?? "";
    },
  };
}
