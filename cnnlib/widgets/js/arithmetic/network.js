/** A network layer by layer: what comes out of each layer, what it costs, and how far it sees. */

/**
 * One layer as the learner sets it; what a kind does not need is ignored.
 * @typedef {{kind: string, channels: number, kernel: number, stride: number, padding: number}}
 *   Layer
 */

/**
 * What comes out of a layer: `channels` maps of `side` × `side`, or a list of `channels` numbers
 * where `side` is 0. Size and jump of the view are 0 from the first list on. A layer that does not
 * fit says why, and those after it have no row.
 * @typedef {{channels: number, side: number, parameters: number, multiplyAdds: number,
 *   view: number, jump: number, why: string}} Row
 */

/**
 * Follow one sample through the layers.
 * @param {Layer[]} layers
 * @param {number} channels of the input
 * @param {number} side of the input, which is square
 * @returns {Row[]}
 */
export function followNetwork(layers, channels, side) {
  const rows = [];
  let before = { channels, side, parameters: 0, multiplyAdds: 0, view: 1, jump: 1, why: "" };
  for (const layer of layers) {
    const why = misfitOf(layer, before);
    if (why) return [...rows, { ...before, parameters: 0, multiplyAdds: 0, why }];
    before = { ...before, parameters: 0, multiplyAdds: 0, ...outcomeOf(layer, before) };
    rows.push(before);
  }
  return rows;
}

/** Why a layer cannot take what comes, or "". @param {Layer} layer @param {Row} before */
function misfitOf({ kind, kernel, padding }, { channels, side }) {
  if (kind === "dense")
    return side ? "a dense layer takes a list of numbers, and gets maps: flatten them first" : "";
  if (kind === "ReLU" || kind === "flatten" || side > 0) {
    const room = kind === "conv" ? side + 2 * padding : side;
    const slides = ["conv", "max pool", "mean pool"].includes(kind);
    if (!slides || kernel <= room) return "";
    const wanted = Math.ceil((kernel - side) / 2);
    const cure = kind === "conv" ? `or padding ${wanted}` : "or none here";
    const misfit = `a window of ${kernel}×${kernel} does not fit into ${room}×${room}`;
    return `${misfit}: take a smaller one, ${cure}`;
  }
  return `it needs maps, and gets a list of ${channels} numbers: put it before “flatten”`;
}

/** @param {Layer} layer @param {Row} before @returns {Partial<Row>} */
function outcomeOf({ kind, channels: filters, kernel, stride, padding }, before) {
  const { channels, side, view, jump } = before;
  const sees = (window) => view + (window - 1) * jump;
  const slid = (border) => Math.floor((side + 2 * border - kernel) / stride) + 1;
  switch (kind) {
    case "conv": {
      const weights = kernel * kernel * channels * filters;
      return {
        channels: filters,
        side: slid(padding),
        parameters: weights + filters,
        multiplyAdds: weights * slid(padding) ** 2,
        view: sees(kernel),
        jump: jump * stride,
      };
    }
    case "max pool":
    case "mean pool":
      return { side: slid(0), view: sees(kernel), jump: jump * stride };
    case "global mean":
      return { side: 1, view: sees(side), jump: jump * side };
    case "batch norm":
      return { parameters: 2 * channels };
    case "flatten":
      return { channels: channels * Math.max(1, side) ** 2, side: 0, view: 0, jump: 0 };
    case "dense": {
      const weights = channels * filters;
      return { channels: filters, parameters: weights + filters, multiplyAdds: weights };
    }
  }
  return {};
}
