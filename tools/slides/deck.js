"use strict";
/**
 * Cuts a chapter into slides: a section is a column, and goes down by as much as a screen holds.
 *
 * It runs before the widgets are there, so it moves only what is text and pictures.
 */
(() => {
  const { Reveal } = /** @type {any} */ (globalThis);
  /** How much of the screen's height a widget needs, its captions and controls included. */
  const WIDGET = 0.8;
  /** Pixels above and below a slide, and below a block. */
  const MARGINS = 96;
  const MARGIN = 16;

  const element = (name, ...children) => {
    const made = document.createElement(name);
    made.append(...children);
    return made;
  };
  const holdsWidget = (block) => block.querySelector("script[type*='widget-view']") !== null;

  /** What comes one after the other in a section; a part of it begins a slide of its own. */
  function blocksOf(section) {
    return [...section.children].flatMap((child) =>
      child.matches("section") ? blocksOf(child) : [child],
    );
  }

  /** The blocks of a section, sorted into slides that a screen of this height holds. */
  function cut(section, room) {
    const heights = new Map();
    for (const block of blocksOf(section)) {
      const { height } = block.getBoundingClientRect();
      heights.set(block, holdsWidget(block) ? Math.max(height, WIDGET * room) : height + 16);
    }
    /** @type {Element[][]} */ const slides = [[]];
    let full = 0;
    for (const [block, height] of heights) {
      const last = slides[slides.length - 1];
      const begins = block.matches("h3");
      const shows = height > MARGIN; // a cell of which nothing is shown begins no slide
      if (last.length && shows && (begins || full + height > room)) {
        // what announces the block comes with it
        const announces =
          !begins && last.length > 1 && /:$/.test(last[last.length - 1].textContent);
        slides.push(announces ? [last.pop()] : []);
        full = slides[slides.length - 1].reduce((sum, each) => sum + heights.get(each), 0);
      }
      slides[slides.length - 1].push(block);
      full += height;
    }
    return slides.filter((blocks) => blocks.length);
  }

  /** The columns of the deck: what stands before the first section, and each section. */
  function columnsOf(chapter) {
    const sections = [...chapter.children].filter((child) => child.matches("section"));
    const start = element("section", ...[...chapter.children].filter((c) => !sections.includes(c)));
    start.id = chapter.id;
    chapter.prepend(start);
    return [start, ...sections];
  }

  function build() {
    const chapter = document.querySelector(".deck-source > section");
    const room = innerHeight - MARGINS;
    const columns = columnsOf(chapter).map((section) => {
      const title = section.querySelector("h1, h2").textContent.replace("#", "");
      const slides = cut(section, room).map((blocks, at) => {
        const slide = element("section", element("div", ...blocks));
        if (at) slide.dataset.continues = title;
        return slide;
      });
      const column = element("section", ...slides);
      column.id = section.id;
      return column;
    });
    document.querySelector(".slides").append(...columns);
    document.querySelector(".deck-source").remove();
  }

  /** A link of the text to a state of a widget goes to the slide on which the widget stands. */
  function follow(event) {
    const key = event.target.closest?.("a[href^='#'][href*='?']")?.hash.match(/#([\w-]+)\?/)?.[1];
    const found = key && document.querySelector(`.cnn-widget[data-key="${key}"]`);
    if (!found) return;
    const slide = found.closest(".slides > section > section");
    // Reveal.getIndices counts sections inside of slides as well, and questions are such
    const [h, v] = [slide.parentElement, slide].map((each) =>
      [...each.parentElement.children].indexOf(each),
    );
    Reveal.slide(h, v);
  }

  build();
  document.addEventListener("click", follow);
  Reveal.initialize({
    controls: true,
    disableLayout: true, // widgets measure in pixels of the screen
    hash: true,
    keyboardCondition: () => !document.activeElement?.closest(".cnn-widget, summary, button, a"),
    slideNumber: "c/t",
    transition: "none",
    viewDistance: 99, // a widget is there before its slide is
  });
})();
