"""Networks that learn: layers and their gradients, and what training needs. NumPy only.

Read `layers` first (`module` is what they share, `elementwise` holds ReLU and Dropout,
`normalization` and `residual` what deep networks add), then
`losses`, `optimizers` and `training`; `history`, `evaluation`, `schedules`, `checkpoints`,
`summary` and `experiments` serve them. `architectures` describes well-known networks, `saliency`
asks a trained one where it looks, `digit_reader` holds the two that read drawn digits.
"""
