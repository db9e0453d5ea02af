"""What the arena draws random numbers for: the third argument of ``randomness.draw``. Never use a number twice."""

START_PLACE = 1  # index: seat * 16 + try * 2 (tile), + 1 (place within it)
SCATTER_TILE = 2  # index: number of the floor tile; the order of the draws is the order of the tiles
SCATTER_PLACE = 3  # index: item row
ITEM_KIND = 4  # index: item row
RETURN_PLACE = 5  # index: item row * 16 + try * 2 (tile), + 1 (place within it)
RETURN_DELAY = 6  # index: item row
PICK_TIE = 7  # index: item row * 64 + seat; the lowest wins
BUMP_TIE = 8  # index: victim * 64 + attacker; the lowest comes first
LOOSE_PLACE = 9  # index: item row * 16 + try
START_ORDER = 10  # index: seat; who is placed first when a round starts
