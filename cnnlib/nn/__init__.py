"""Networks that learn: layers and their gradients, and what training needs. NumPy only.

Read `layers` first, then `losses`, `optimizers` and `training`; `schedules`, `checkpoints`,
`summary` and `experiments` serve them. `architectures` describes well-known networks, `saliency`
asks a trained one where it looks, `digit_reader` is the one that reads drawn digits.
"""
