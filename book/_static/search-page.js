"use strict";
/**
 * What Sphinx's search leaves open: a word that every object of JavaScript knows, as “constructor”,
 * ends it; and on a page of a folder (file://), which may read no other, it fails to fetch the lines
 * below each result. Runs when the index is loaded and before the search begins.
 */
(() => {
  // @ts-expect-error: made by a script of Sphinx
  const index = Search._index;
  const own = Object.create(null, { hasOwnProperty: { value: Object.prototype.hasOwnProperty } });
  for (const words of [index.terms, index.titleterms]) Object.setPrototypeOf(words, own);
  // @ts-expect-error: likewise
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
})();
