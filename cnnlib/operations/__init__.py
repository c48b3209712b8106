"""What the lecture is about: windows that slide over numbers. NumPy only.

Read `geometry` (sizes) first, then `reference` (each formula as loops), `convolution` with
`sliding` (how it is computed fast), `transposed`, `pooling`, `variants`, `cost` and
`receptive_fields`. `kernels` holds the well-known ones by name, `features` what was measured in
images by hand.
"""
