"use strict";
/** Whatever scrolls sideways (a wide figure or formula on a phone) can be reached by keyboard. */
(() => {
  const BOXES = ".cell_output, .pst-scrollable-table-container, mjx-container[display='true']";

  function update() {
    for (const box of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(BOXES))) {
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
        if (box.matches(".cell_output")) {
          box.setAttribute("role", "group");
          box.setAttribute("aria-label", "Wide output, scrolls sideways");
        }
      } else if (box.getAttribute("aria-label")?.startsWith("Wide output")) {
        for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
      }
    }
  }

  addEventListener("load", update);
  addEventListener("resize", update);
})();
