/** Python in a worker, one cell at a time. To stop it is to end the worker and to start another. */

const SETTINGS = new URL("python/settings.json", import.meta.url);

/** What a run says that was stopped. */
export class Stopped extends Error {}

/**
 * @typedef {object} Hearer what a run tells on its way
 * @property {() => void} began
 * @property {(message: {place: number, of: number}) => void} above
 * @property {(output: any) => void} output
 */

/** @param {(words: string) => void} say is told how the start goes */
export function createSession(say) {
  /** @type {Worker|null} */ let worker = null;
  /** @type {Promise<void>|null} */ let ready = null;
  /** @type {{hear: Hearer, done: (result: any) => void, fail: (error: Error) => void}|null} */
  let running = null;
  let line = Promise.resolve();
  let round = 0;
  let giveUp = () => {};

  async function begin() {
    const mine = round;
    const answer = await fetch(SETTINGS, { cache: "no-cache" });
    if (!answer.ok) throw new Error(`${SETTINGS.pathname}: ${answer.status}`);
    const { pyodide, megabytes, ...archives } = await answer.json();
    const url = new URL(pyodide, SETTINGS);
    const from = url.origin === location.origin ? "this site" : url.host;
    const coming = `Loading Python into this page: about ${megabytes} MB from ${from}, once. Your browser keeps it.`;
    say(coming);
    if (mine !== round) throw new Stopped(STOPPED);
    worker = new Worker(new URL("python-worker.js", import.meta.url), { type: "module" });
    await new Promise((/** @type {(value?: any) => void} */ done, fail) => {
      giveUp = () => fail(new Stopped(STOPPED));
      worker.onmessage = ({ data }) => {
        if (data.is === "step") say(running ? data.words : `${coming} ${data.words}`);
        else if (data.is === "ready") done();
        else if (data.is === "failed" && !running) fail(new Error(data.why));
        else hear(data);
      };
      worker.onerror = (event) => {
        fail(new Error(event.message || "its worker ended"));
        end();
      };
      const absolute = (/** @type {any} */ archive) => ({
        ...archive,
        url: new URL(archive.url, SETTINGS).href,
      });
      worker.postMessage({
        do: "start",
        pyodide: url.href,
        archives: Object.values(archives).map(absolute),
      });
    });
  }

  /** @param {any} data */
  function hear(data) {
    if (!running) return;
    if (data.is === "above") running.hear.above(data);
    else if (data.is === "began") running.hear.began();
    else if (data.is === "output") running.hear.output(data.output);
    else if (data.is === "done") running.done(data);
    else if (data.is === "failed") {
      const { fail } = running;
      end();
      fail(new Stopped(`Python broke down (${data.why}) and starts anew at the next run.`));
    }
  }

  function end() {
    worker?.terminate();
    worker = ready = running = null;
    giveUp();
  }

  function start() {
    if (ready) return ready;
    const mine = begin();
    mine.catch(() => {
      if (ready === mine) end();
    });
    ready = mine;
    return mine;
  }

  /**
   * @param {() => any} ask gives or promises {cells, at}; asked when it is its turn
   * @param {Hearer} hear
   * @returns {Promise<any>} what the worker says at the end (python-worker.js)
   */
  function run(ask, hear) {
    const mine = round;
    const turn = line.then(async () => {
      if (mine !== round) throw new Stopped("Not run: Python was stopped before.");
      await start();
      const asked = await ask();
      if (mine !== round) throw new Stopped(STOPPED);
      return new Promise((done, fail) => {
        running = { hear, done, fail };
        worker.postMessage({ do: "run", ...asked });
      }).finally(() => (running = null));
    });
    line = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }

  return {
    run,
    /** End Python, whatever it does, and start it anew. */
    stop() {
      round += 1;
      const stopped = running;
      end();
      stopped?.fail(new Stopped(STOPPED));
      start().catch(() => {});
    },
  };
}

const STOPPED =
  "Stopped. Python was ended and starts anew: what your cells made is gone, what you typed is not.";
