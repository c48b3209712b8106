"""The twenty questions of the concept test: one idea each, every wrong choice with its reason."""

from typing import Any

#: What somebody picks who does not want to guess.
UNSURE = "I do not know yet."


def _concept(
    idea: str, chapter: str, text: str, right: str, why: str, wrong: dict[str, str], place: int
) -> dict[str, Any]:
    """Return a question with its right choice at `place` among the others."""
    choices = [*wrong]
    choices.insert(place, right)
    words = {**wrong, right: why, UNSURE: why}
    return {
        "idea": idea,
        "chapter": chapter,
        "text": text,
        "choices": [*choices, UNSURE],
        "words": [words[choice] for choice in [*choices, UNSURE]],
        "right": place,
    }


CONCEPTS = [
    _concept(
        "the direction of the kernel",
        "01_filters",
        "A layer of a network slides the kernel [1, 0, 0] over a row, padded so that the length "
        "stays. What does it give?",
        "The row moved one place to the right.",
        "The kernel is laid on as it stands, so the 1 reads the left neighbour.",
        {
            "The row moved one place to the left.": "That is convolution as mathematics defines "
            "it: it flips the kernel first. A network's layer does not.",
            "The row as it was, since the weights add up to 1.": "The sum of the weights keeps the "
            "brightness. Where the 1 stands decides which pixel is read.",
            "The mean of three neighbours.": "The mean has three equal weights of 1/3.",
        },
        1,
    ),
    _concept(
        "colours and filters",
        "02_volumes",
        "A filter of 3×3 reads a colour image. How are red, green and blue treated?",
        "Each channel has nine weights of its own; the three sums are added to one number.",
        "A filter is as deep as its input: 27 weights, one sum, one map.",
        {
            "The same nine weights are used on all three channels.": "Then no filter could prefer "
            "red to blue. Each channel has weights of its own.",
            "The channels are averaged to grey first.": "Nothing is averaged: weights of their own "
            "can subtract blue from red.",
            "It gives three maps, one for each colour.": "The three sums are added up. Maps come "
            "from filters: one map for each.",
        },
        2,
    ),
    _concept(
        "“same” with a stride",
        "03_sizes",
        "In Keras a layer has padding “same” and stride 2. An image of 32×32 comes in. What comes "
        "out?",
        "16×16: “same” means ⌈size / stride⌉.",
        "The name keeps its promise at stride 1 only. PyTorch refuses the pair.",
        {
            "32×32, as the name says.": "With stride 2 only every second position is computed, "
            "whatever is padded.",
            "15×15, since the kernel does not fit at the border.": "That is without padding. "
            "“same” pads so that ⌈32 / 2⌉ positions fit.",
            "An error: the two exclude each other.": "PyTorch refuses. Keras accepts and gives "
            "⌈size / stride⌉.",
        },
        0,
    ),
    _concept(
        "where kernels come from",
        "05_learned_kernels",
        "Sobel kernels find edges. What does a CNN have in place of them when its training begins?",
        "Random kernels, which the training changes.",
        "Nobody puts edge detectors in. Edge-like kernels may come out, if they help.",
        {
            "Sobel kernels, which the training then refines.": "Nothing is put in. The start is "
            "random.",
            "Kernels copied from the images of the training set.": "The kernels start random and "
            "follow the gradient of the loss. No image is copied.",
            "Zeros, until an edge is seen.": "Equal kernels would get equal gradients and stay "
            "equal. They start random.",
        },
        2,
    ),
    _concept(
        "the order of the pixels",
        "06_why_not_flat",
        "All images of a data set, for training and test, are shuffled with one fixed permutation "
        "of the pixels. Both networks are trained anew. Who loses?",
        "The CNN: its windows look at neighbours.",
        "A dense layer only renames its inputs. A convolution builds on what lies side by side.",
        {
            "The FNN: it has learned where things are.": "It is trained anew, and a sum does not "
            "depend on the order of its terms.",
            "Both alike: nobody could recognise the pictures.": "No information is "
            "lost. A dense layer never knew which pixels are neighbours.",
            "Neither: each learns the new order.": "The dense layer does. A window of 3×3 now "
            "holds pixels that have nothing to do with each other.",
        },
        3,
    ),
    _concept(
        "shift and stride",
        "07_weight_sharing",
        "A convolution has stride 2. The image is moved by one pixel. What happens to the map "
        "(away from the border)?",
        "It gets other numbers.",
        "The windows now stand on other pixels: every one lands between two old "
        "ones. Only a shift by a multiple of 2 moves the map.",
        {
            "It moves by one cell.": "A cell of the map is two pixels wide. One pixel is half a "
            "cell.",
            "It moves by half a cell.": "A map has no half cells, and its numbers are not "
            "in-between values of the old ones.",
            "It stays as it was: convolution ignores shifts.": "Convolution moves along with a "
            "shift, it does not ignore it; with a stride, only at multiples of it.",
        },
        0,
    ),
    _concept(
        "place and border",
        "07_weight_sharing",
        "A network has only convolutions with zero padding. Can it learn that something is near "
        "the border?",
        "Yes: windows at the border see the padded zeros, and deeper layers carry that inwards.",
        "The border gives the place away. Far from it, a layer does respond the same everywhere.",
        {
            "No: weights are shared, so every place looks alike.": "Inside, yes. But the padded "
            "zeros are seen only at the border.",
            "Only if a bias is learned for each pixel.": "There is one bias for each filter. The "
            "padding is what differs at the border.",
            "Only with a dense layer at the end.": "That helps, too. But the padding already tells "
            "border from middle.",
        },
        1,
    ),
    _concept(
        "weights and work",
        "07_weight_sharing",
        "You replace a locally connected layer by a convolution with the same windows, so all "
        "positions share one kernel. What gets smaller?",
        "The number of weights. The number of multiplications stays.",
        "Each position still multiplies each of its inputs by a weight, its own or a shared one.",
        {
            "Both the weights and the multiplications.": "Few weights do not mean little work: a "
            "shared kernel is used at every position.",
            "The multiplications only.": "It is the other way round: one kernel is stored, and "
            "all positions still compute.",
            "Neither: the output has the same size.": "The output and the work stay. The weights "
            "shrink to one kernel.",
        },
        2,
    ),
    _concept(
        "receptive field",
        "08_receptive_fields",
        "Three convolutions of 3×3 with stride 1 follow each other. How large a piece of the input "
        "decides one number at the end?",
        "7×7: each layer adds 2.",
        "1 + 2 + 2 + 2 = 7. Neighbouring views overlap.",
        {
            "3×3: that is the kernel.": "That is what it sees of the layer before. Each of those "
            "nine numbers has its own view.",
            "9×9: 3 · 3.": "The views overlap: a layer of 3 adds 2, one on each side.",
            "27×27: 3 · 3 · 3.": "That would need a stride of 3 in each layer, so that views do "
            "not overlap.",
        },
        3,
    ),
    _concept(
        "the gradient through pooling",
        "09_pooling",
        "In a 2×2 window of max pooling stand 1, 5, 2, 3. The gradient of the output is 8. What do "
        "the four cells get?",
        "0, 8, 0, 0",
        "The output depends on the largest cell alone: a small change of the others changes "
        "nothing.",
        {
            "2, 2, 2, 2": "That is average pooling: every cell has a say.",
            "8, 8, 8, 8": "Then every cell would count as the maximum. Only one does.",
            "Shares in proportion to 1, 5, 2, 3": "The maximum is no mixture. It depends on one "
            "cell only.",
        },
        1,
    ),
    _concept(
        "dilation",
        "10_dilated",
        "A 3×3 kernel gets dilation 2. What changes?",
        "It covers 5×5 cells and still has nine weights.",
        "The weights move apart. The gaps are not read: no weights, no products.",
        {
            "It has 25 weights.": "The cells in the gaps are skipped. They have no weights.",
            "The output has half as many rows.": "That is a stride of 2. Dilation spreads the "
            "weights, and the window still moves by one.",
            "It is scaled up smoothly: an in-between weight in each gap.": "Nothing is filled in. "
            "The gaps are left out.",
        },
        0,
    ),
    _concept(
        "transposed convolution",
        "11_transposed",
        "A convolution turns 7 numbers into 3. A transposed convolution with the same kernel turns "
        "the 3 into 7. Which 7?",
        "In general, different ones.",
        "The size comes back, not the values: it is the transpose of the matrix, not its inverse.",
        {
            "The 7 from before: it undoes the convolution.": "Transposing is not inverting. Three "
            "numbers do not hold what seven knew.",
            "The 7 from before, if no number was negative.": "Signs do not matter. Transposing is "
            "not inverting.",
            "The 3 with zeros in between.": "Those are stamped with the kernel, and what overlaps "
            "is added up.",
        },
        3,
    ),
    _concept(
        "1×1 convolution",
        "12_variants",
        "What is a 1×1 convolution from 64 to 16 channels?",
        "One small dense layer, 64 to 16, applied to each pixel, the same everywhere.",
        "It mixes the channels of a pixel, and never looks at its neighbours.",
        {
            "A dense layer over the whole image.": "Then each output would see all pixels. A 1×1 "
            "kernel sees one.",
            "A multiplication of every channel by one number.": "Each of the 16 outputs weights "
            "all 64 channels: 1,024 weights.",
            "Nothing: with one pixel there is nothing to convolve.": "There are 64 channels to mix "
            "at each pixel.",
        },
        2,
    ),
    _concept(
        "depthwise separable convolution",
        "12_variants",
        "A 3×3 convolution, 64 to 64 channels, is replaced by a depthwise separable one. Which is "
        "true?",
        "It has about an eighth of the weights, and can compute fewer functions.",
        "A depthwise filter for each channel, then 1×1: cheap, but every output has to share the "
        "same 64 filtered maps.",
        {
            "It computes the same with fewer weights.": "Only kernels that factor that way. In "
            "general it is another function, which has to be trained.",
            "It is always faster by as much as it has fewer weights.": "Fewer products do not mean "
            "less time: a depthwise step does little work for each number that it moves.",
            "It no longer mixes the channels.": "The depthwise step does not, but the 1×1 step "
            "after it does.",
        },
        1,
    ),
    _concept(
        "the gradient of a shared weight",
        "13_backpropagation",
        "A kernel's weight was used at 100 positions. How does it get its gradient?",
        "The sum of the 100 shares, each the gradient of an output times the pixel there.",
        "A change of the weight changes all 100 outputs, and their effects on the loss add up.",
        {
            "The share of the position with the largest output.": "That is max pooling. A weight "
            "takes part in all its outputs.",
            "The share of the last position: the others are overwritten.": "That is the bug “=” in "
            "place of “+=”. The shares add up.",
            "A gradient for each position, so 100 different weights afterwards.": "Then it would "
            "not be shared any more. It stays one weight.",
        },
        3,
    ),
    _concept(
        "nonlinearity",
        "14_designing",
        "Two convolutions follow each other with nothing in between. What can they compute that "
        "one convolution with a larger kernel cannot?",
        "Nothing: together they are one convolution.",
        "Sums of sums are sums. A nonlinearity in between makes the difference.",
        {
            "Corners and textures, since the second combines what the first found.": "Only with a "
            "nonlinearity in between. Without it, both are one sum with other weights.",
            "Anything, if there are enough channels.": "No number of channels makes a sum of sums "
            "more than a sum.",
            "Anything with a larger receptive field.": "The larger kernel has the same one.",
        },
        0,
    ),
    _concept(
        "filters that start alike",
        "14_designing",
        "All filters of a layer start with the same weights, and so do those that read them. What "
        "happens in training?",
        "They all stay the same: the layer acts as one filter.",
        "They get equal gradients. Nothing tells them apart, so nothing drives them apart. "
        "Random starts do.",
        {
            "Each specialises on another feature, since they see different windows.": "All filters "
            "see the same windows, and equal ones get equal gradients.",
            "Nothing moves: their gradients are zero.": "The gradient need not be zero, but it is "
            "the same for all.",
            "It only takes longer.": "Time does not help: equal weights with equal gradients stay "
            "equal forever.",
        },
        2,
    ),
    _concept(
        "input size",
        "14_designing",
        "A CNN was trained on 224×224. Which part refuses an image of 300×300?",
        "The dense layer after flatten.",
        "Its weights are counted for one size. Convolution and pooling take any size. A "
        "global mean before the dense layer would, too.",
        {
            "The convolutions: their kernels were learned for 224×224.": "A kernel slides over any "
            "size that it fits into.",
            "The pooling: 300 gives other windows.": "Pooling has no weights, and its rule holds "
            "for any size.",
            "None: a network takes any image.": "Only if it has no dense layer on flattened maps.",
        },
        1,
    ),
    _concept(
        "training and use",
        "15_training",
        "You draw a 7 and the network says 3. You draw it again, three times. What does the "
        "network learn from that?",
        "Nothing: its weights change in training only.",
        "Reading is forward alone. Without a label, a loss and a backward pass no weight moves.",
        {
            "A little with each drawing.": "Without a label there is no loss, and without a "
            "backward pass no weight moves.",
            "It stores the drawings beside those that it knows.": "It stores no digits, only "
            "weights.",
            "It learns that 7 can look like a 3.": "Nobody told it that it was a 7. Nothing is "
            "learned in use.",
        },
        3,
    ),
    _concept(
        "how sure a network is",
        "15_training",
        "Softmax gives 0.99 for “3” on a drawing of a house. What does this say?",
        "That 3 fits better than the nine other digits.",
        "It does not say that it is one. The ten numbers add up to 1 whatever you draw: “none "
        "of them” is no choice.",
        {
            "That 99 of 100 such drawings are a 3.": "That holds at best for images like those in "
            "training. A house is not one of them.",
            "That the network has seen such a house as a 3 before.": "It stores no images. "
            "It compares ten scores.",
            "That the network is broken.": "It does what softmax does: it shares 1 out among ten "
            "choices.",
        },
        0,
    ),
]
