/** A reader's own picture, from a file or the camera, in grey. It never leaves the page. */

import { html } from "./dom.js";

/** Megapixels that a picture may have: a larger one takes a browser minutes and gigabytes. */
const MOST_MEGAPIXELS = 64;
const UNREADABLE = "This file is no picture that your browser can read. Take a PNG or a JPEG.";
const NO_CAMERA =
  "There is no camera, or your browser does not allow it on this page. You can choose a picture " +
  "instead.";

/**
 * A picture from a file, scaled to fit; or why there is none, in words.
 * @param {File} file
 * @param {number} side largest number of rows and of columns
 * @returns {Promise<import("./picture.js").Grey|string>}
 */
export async function greyOfFile(file, side) {
  const address = URL.createObjectURL(file);
  try {
    // an image that is loaded knows its size, and is not decoded yet
    const picture = new Image();
    await new Promise((done, fail) => {
      picture.onload = done;
      picture.onerror = fail;
      picture.src = address;
    });
    const megapixels = Math.round((picture.naturalWidth * picture.naturalHeight) / 1e6);
    if (megapixels > MOST_MEGAPIXELS) {
      return (
        `This picture has ${megapixels} megapixels, at most ${MOST_MEGAPIXELS} are read. ` +
        "Make it smaller first."
      );
    }
    const bitmap = await createImageBitmap(file);
    const grey = greyOf(bitmap, bitmap.width, bitmap.height, side);
    bitmap.close();
    return grey;
  } catch {
    return UNREADABLE;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/**
 * A picture from the camera; or why there is none, in words.
 * @param {number} side
 * @returns {Promise<import("./picture.js").Grey|string>}
 */
export async function greyOfCamera(side) {
  /** @type {MediaStream|undefined} */ let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640 } });
    const video = /** @type {HTMLVideoElement} */ (
      html("video", { muted: true, playsinline: true })
    );
    video.srcObject = stream;
    await video.play();
    return greyOf(video, video.videoWidth, video.videoHeight, side);
  } catch {
    return NO_CAMERA;
  } finally {
    for (const track of stream?.getTracks() ?? []) track.stop(); // the camera is never left on
  }
}

/** @returns {import("./picture.js").Grey} */
function greyOf(drawable, width, height, side) {
  const scale = Math.min(1, side / Math.max(width, height));
  const [columns, rows] = [width, height].map((size) => Math.max(1, Math.round(size * scale)));
  const sheet = document.createElement("canvas");
  sheet.width = columns;
  sheet.height = rows;
  const brush = /** @type {CanvasRenderingContext2D} */ (
    sheet.getContext("2d", { willReadFrequently: true })
  );
  brush.drawImage(drawable, 0, 0, columns, rows);
  const { data } = brush.getImageData(0, 0, columns, rows);
  const pixels = Float32Array.from({ length: rows * columns }, (_, at) =>
    Math.round(0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2]),
  );
  return { pixels, rows, columns };
}
