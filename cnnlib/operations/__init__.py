"""What the lecture is about: windows that slide over numbers. NumPy only.

Read `formulas` first: each formula of the chapters as a loop of a few lines. Then `geometry`
(sizes), `convolution` with `sliding` (how it is computed fast: windows, columns, one product;
`threads` shares the work), `transposed`, `pooling`, `variants`, `cost` and `receptive_fields`.
`kernels` holds the well-known ones by name, `features` what was measured in images by hand.
`reference` is the tests' oracle.
"""
