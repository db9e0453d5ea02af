"""What the arena draws random numbers for: the third argument of ``randomness.draw``. Never use a number twice."""

START_PLACE = 1  # index: seat * 16 + try * 2 (tile), + 1 (place within it)
SCATTER_TILE = 2  # index: number of the floor tile; the order of the draws is the order of the tiles
SCATTER_ITEM = 3  # index: item row * 4: place within the tile; + 1 its kind; + 2 its absence once it is picked
RETURN_ITEM = 4  # index: item row * 16 + try * 2 (tile), + 1 (place within it); + 14 its kind; + 15 its absence
PICK_TIE = 5  # index: item row * 64 + seat; the lowest wins
BUMP_TIE = 6  # index: victim * 64 + attacker; the lowest comes first
LOOSE_PLACE = 7  # index: item row * 16 + try
START_ORDER = 8  # index: seat; who is placed first when a round starts
BOT_STROLL = 9  # index: seat; tick: a number of some seconds
