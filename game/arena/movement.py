"""How players move: one vectorised function, whose twin in the browser must give the same bits.

The rule for one player and one tick, in the order in which it is worked out. All numbers are integers; ``//`` rounds
towards minus infinity (``Math.floor(a / b)``; every product is far below 2**53); R is PLAYER_RADIUS, T is TILE.

1. Velocity.
   a. Starting a dash: the player may move, holds DASH_BUTTON, tick >= dash_ready, held (x, y) is not (0, 0). Then
      dash_x = half_away(127 * 256 * x, length), dash_y likewise with y, where length = floor(256 * sqrt(x*x + y*y));
      dash_until = tick + dash_ticks - 1; dash_ready = tick + dash_cooldown.
   b. The direction (x, y) and the speed:
      dash_x, dash_y at ``pace.dash`` while tick <= dash_until (also in the tick of the start);
      else the held x, y at ``pace.boots`` while boots_from <= tick <= boots_until;
      else the held x, y at ``pace.walk``.
   c. vx = half_away(256 * speed * x, max(127 * 256, length)), vy likewise, with the length of the direction from b.
      half_away(a, b) = sign(a) * ((2 * |a| + b) // (2 * b)). A player who may not move has vx = vy = 0.
2. Pieces. k = max(1, ceil(max(|vx|, |vy|) / LONGEST_STEP)); piece i of 0 ... k - 1 is step 3 with
   ux = vx * (i + 1) // k - vx * i // k, uy likewise.
3. One piece, from (x, y) by (ux, uy):
   a. Across: ``travel`` along x by ux. The result is the new x, with cut, corner, dx, away, overlap.
   b. If it was cut (cut > 0) by a corner and overlap > 0, go around it. w = uy * away; n = min(cut, overlap);
      dy = R - overlap.
      w >= 0 (no y motion, or away from the corner):      uy = away * max(w, n)
      else, |ux| * dy >= |uy| * dx:                       uy = away * n
      else (it is to be passed on the other side):        ``travel`` once more along x, by
                                                          -sign(ux) * min(cut, R - dx); uy stays.
   c. Down: ``travel`` along y by uy.
   d. If it was cut by a corner and overlap > 0: with x moved by m = x - (x at the start of the piece), w = ux * away
      (ux as in a), n = min(cut, overlap), dx = R - overlap, dy the distance to the corner after c:
      w >= 0:                                             ``travel`` along x by away * max(0, n - w)
      else, |uy| * dx > |ux| * dy:                        ``travel`` along x by away * min(|m| + n, LONGEST_STEP)
      else nothing.
   ``travel`` along x by u from (x, y); along y it is the same with the axes exchanged:
      u = 0: nothing happens. Else, with column = x // T, line = y // T, gap = distance from x to the edge of its tile
      that lies ahead: T - x % T for u > 0, else x % T.
      Wall at (column + sign(u), line): *flat*, extent = R.
      Else f = y % T. If f < R look at the tile one line up, with distance d = f and away = +1; if T - f < R look one
      line down, with d = T - f and away = -1. Wall at (column + sign(u), that line): *corner*,
      extent = ceil(sqrt(R*R - d*d)), overlap = R - d, but 0 if d is 0.
      Else nothing is in the way: x + u, cut = 0.
      room = max(0, gap - extent); cut = max(0, |u| - room); x + u - sign(u) * cut.
      The distance to the corner along x, dx, is extent when cut > 0, for then the circle touches it.
   What is outside the map is wall. A player's circle never reaches into a wall: extent is exact to the subunit.

Why it works: a piece is at most T - R long, so only the next column (line) can be in the way, and none is skipped.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickroom.game.arena.schema import DASH_BUTTON
from tickroom.game.arena.terrain import AWAY, CORNER, EXTENT, GAP, NEAR, OVERLAP, Terrain
from tickroom.game.arena.units import FULL_TILT, LONGEST_STEP, PLAYER_RADIUS, TILE, Pace
from tickroom.game.fixed import lengths_in_256ths, round_half_away
from tickroom.protocol.tables import BoolArray, Int32Array

_LENGTHS = lengths_in_256ths(2 * FULL_TILT**2)
_LENGTHS.flags.writeable = False
_DIVISORS = np.maximum(_LENGTHS, FULL_TILT * 256)
_DIVISORS.flags.writeable = False
_NONE = np.zeros(0, dtype=np.intp)


def _constant(value: int) -> Int32Array:
    """An array without axes: as an operand of a short array it takes half the time of an int (0.55 us, not 1.2)."""
    constant = np.array(value, dtype=np.int32)
    constant.flags.writeable = False
    return constant


_ZERO, _THREE, _SIX, _SCALE = _constant(0), _constant(3), _constant(6), _constant(256)
_TILE, _CORNER, _LONGEST, _DASH = _constant(TILE), _constant(CORNER), _constant(LONGEST_STEP), _constant(DASH_BUTTON)


class Runners(NamedTuple):
    """The columns of the players that movement reads and writes: each (players,) int32, contiguous."""

    x: Int32Array
    y: Int32Array
    dash_x: Int32Array
    dash_y: Int32Array
    dash_until: Int32Array
    dash_ready: Int32Array
    boots_from: Int32Array
    boots_until: Int32Array


class Held(NamedTuple):
    """What the players hold in this tick. axes: (2, players) int32, x and y; buttons, tick: (players,) int32;
    may_move: (players,) bool; first_tile: (players,) int32, number of the first tile of each one's map."""

    axes: Int32Array
    buttons: Int32Array
    tick: Int32Array
    may_move: BoolArray
    first_tile: Int32Array


def move(runners: Runners, held: Held, terrain: Terrain, pace: Pace) -> NDArray[np.intp]:
    """Move all players by one tick, in place; the module's docstring has the rule.

    Args:
        runners: players of any sessions and maps, in one row. Those who may move stand on floor, clear of walls.
    Returns:
        Positions of the players who started a dash in this tick.
    Cost: about 50 array operations over the players, more only for those who touch a corner or go very fast.
    """
    started = _start_dashes(runners, held, pace)
    ux, uy = _velocities(runners, held, pace)
    if max(pace.walk, pace.boots, pace.dash) > LONGEST_STEP:
        pieces = -(-np.maximum(np.abs(ux), np.abs(uy)) // LONGEST_STEP)
        fast = (pieces > 1).nonzero()[0]
    else:
        fast = _NONE
    if not fast.size:
        _move_piece(runners.x, runners.y, ux, uy, held.first_tile, terrain)
        return started
    count, vx, vy = pieces[fast], ux[fast], uy[fast]
    ux[fast] = vx // count
    uy[fast] = vy // count
    _move_piece(runners.x, runners.y, ux, uy, held.first_tile, terrain)
    piece = 1
    while fast.size:
        x, y = runners.x[fast], runners.y[fast]
        ux = vx * (piece + 1) // count - vx * piece // count
        uy = vy * (piece + 1) // count - vy * piece // count
        _move_piece(x, y, ux, uy, held.first_tile[fast], terrain)
        runners.x[fast], runners.y[fast] = x, y
        piece += 1
        more = count > piece
        fast, count, vx, vy = fast[more], count[more], vx[more], vy[more]
    return started


def _start_dashes(runners: Runners, held: Held, pace: Pace) -> NDArray[np.intp]:
    if not np.count_nonzero(held.buttons):
        return _NONE
    ready = (held.tick >= runners.dash_ready) & held.may_move
    started: NDArray[np.intp] = (ready & ((held.axes[0] | held.axes[1]) * (held.buttons & _DASH) != _ZERO)).nonzero()[0]
    if started.size:
        axes, tick = held.axes[:, started], held.tick[started]
        length = _LENGTHS[(axes * axes).sum(axis=0, dtype=np.int32)]
        runners.dash_x[started], runners.dash_y[started] = round_half_away(axes * np.int32(FULL_TILT * 256), length)
        runners.dash_until[started] = tick + (pace.dash_ticks - 1)
        runners.dash_ready[started] = tick + pace.dash_cooldown
    return started


def _velocities(runners: Runners, held: Held, pace: Pace) -> tuple[Int32Array, Int32Array]:
    axes = held.axes
    speed = held.may_move * np.int32(pace.walk)
    booted = ((held.tick <= runners.boots_until) & (held.tick >= runners.boots_from) & held.may_move).nonzero()[0]
    if booted.size:
        speed[booted] = pace.boots
    dashing = ((held.tick <= runners.dash_until) & held.may_move).nonzero()[0]
    if dashing.size:
        axes = axes.copy()
        axes[0, dashing] = runners.dash_x[dashing]
        axes[1, dashing] = runners.dash_y[dashing]
        speed[dashing] = pace.dash
    squares = axes * axes
    velocity: Int32Array = round_half_away(axes * (speed * _SCALE), _DIVISORS.take(squares[0] + squares[1]))
    return velocity[0], velocity[1]


def _move_piece(
    x: Int32Array, y: Int32Array, ux: Int32Array, uy: Int32Array, first_tile: Int32Array, terrain: Terrain
) -> None:
    """Move by (ux, uy), at most LONGEST_STEP each, in place: step 3 of the rule. ``uy`` is used up."""
    line, place_y = _tile_and_place(y)
    first_in_line = first_tile + line * terrain.width
    column, place_x = _tile_and_place(x)
    cut, code = _travel(ux, place_x, place_y, first_in_line + column, terrain.sides_x)
    came_from = x.copy()
    x += ux
    hits = cut.nonzero()[0]
    if hits.size:
        x[hits] -= np.sign(ux[hits]) * cut[hits]
        corners = hits[code[hits] == _CORNER]
        if corners.size:
            _round_corner_across(corners, x, place_y, ux, uy, cut, first_in_line, terrain)

    column, place_x = _tile_and_place(x)
    cut, code = _travel(uy, place_y, place_x, first_in_line + column, terrain.sides_y)
    y += uy
    hits = cut.nonzero()[0]
    if hits.size:
        y[hits] -= np.sign(uy[hits]) * cut[hits]
        corners = hits[code[hits] == _CORNER]
        if corners.size:
            _round_corner_down(corners, x, y, x - came_from, place_x, ux, uy, cut, first_tile, terrain)


def _tile_and_place(coordinate: Int32Array) -> tuple[Int32Array, Int32Array]:
    tile, place = np.divmod(coordinate, _TILE)
    return tile, place


def _travel(
    step: Int32Array, place: Int32Array, place_across: Int32Array, tile: Int32Array, sides: Int32Array
) -> tuple[Int32Array, Int32Array]:
    """How much of each step is cut off by a wall ahead, and what kind of contact it is (OPEN, CORNER, FLAT)."""
    positive = step > 0
    code = sides.take(tile * _SIX + positive * _THREE + NEAR.take(place_across))
    gap = np.where(positive, _TILE - place, place)
    room = gap - EXTENT.take(code + place_across)
    length = np.abs(step)
    return length - np.minimum(np.maximum(room, _ZERO), length), code


def _round_corner_across(
    at: NDArray[np.intp],
    x: Int32Array,
    place_y: Int32Array,
    ux: Int32Array,
    uy: Int32Array,
    cut: Int32Array,
    first_in_line: Int32Array,
    terrain: Terrain,
) -> None:
    """Step 3b for the players ``at``. An overlap of 0 needs no case of its own: all it leads to is moves by 0."""
    across, down, lost, place = ux[at], uy[at], cut[at], place_y[at]
    away, dx, dy = AWAY[place], EXTENT[place + _CORNER], GAP[place]
    wish = down * away
    nudge = np.minimum(lost, OVERLAP[place])
    over_here = (wish >= _ZERO) | (np.abs(across) * dy >= np.abs(down) * dx)
    uy[at] = np.where(over_here, away * np.maximum(wish, nudge), down)
    other = (~over_here).nonzero()[0]
    if other.size:
        back = -np.sign(across[other]) * np.minimum(lost[other], PLAYER_RADIUS - dx[other])
        who = at[other]
        _shift_across(who, back, x, place[other], first_in_line[who], terrain)


def _round_corner_down(
    at: NDArray[np.intp],
    x: Int32Array,
    y: Int32Array,
    moved: Int32Array,
    place_x: Int32Array,
    ux: Int32Array,
    uy: Int32Array,
    cut: Int32Array,
    first_tile: Int32Array,
    terrain: Terrain,
) -> None:
    """Step 3d for the players ``at``; an overlap of 0 as above."""
    across, down, place = ux[at], uy[at], place_x[at]
    away, dx, dy = AWAY[place], GAP[place], EXTENT[place + _CORNER]
    wish = across * away
    nudge = np.minimum(cut[at], OVERLAP[place])
    back = np.minimum(np.abs(moved[at]) + nudge, _LONGEST) * (np.abs(down) * dx > np.abs(across) * dy)
    shift = away * np.where(wish >= _ZERO, np.maximum(nudge - wish, _ZERO), back)
    who = shift.nonzero()[0]
    if who.size:
        at = at[who]
        line, place_y = _tile_and_place(y[at])
        _shift_across(at, shift[who], x, place_y, first_tile[at] + line * terrain.width, terrain)


def _shift_across(
    at: NDArray[np.intp],
    shift: Int32Array,
    x: Int32Array,
    place_y: Int32Array,
    first_in_line: Int32Array,
    terrain: Terrain,
) -> None:
    """``travel`` along x by ``shift`` for the players ``at``."""
    column, place_x = _tile_and_place(x[at])
    cut, _ = _travel(shift, place_x, place_y, first_in_line + column, terrain.sides_x)
    x[at] += shift
    x[at] -= np.sign(shift) * cut
