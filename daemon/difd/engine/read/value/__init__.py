"""What a file holds beside its pixels: found by walking its container, packed, and compared.

Read `kinds` (what counts), `worthless` (what does not, and why), `holdings` (what a walk finds),
one walker (`png` is the simplest), `survey` (which walker), and `packed` (what the search asks).
Here is no decoding of pixels, and nothing that knows another file than the one it walks.
"""

from difd.engine.read.value.packed import details, holds_all, lost, worth

__all__ = ["details", "holds_all", "lost", "worth"]
