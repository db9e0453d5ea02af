/** A corner of an arena, for the start screen. Decoration only. */

import type { ReactElement } from "react";
import { colourOfSeat } from "../palette.ts";
import { MarkPath } from "../parts/seat_mark.tsx";

const TILE = 32;
const COLUMNS = 14;
const ROWS = 8;
const WALLS = ["3,1", "4,1", "4,2", "9,5", "10,5", "9,6", "11,1", "1,6"];
const COINS: readonly (readonly [number, number])[] = [
  [88, 170],
  [232, 60],
  [262, 60],
  [292, 60],
  [330, 214],
  [404, 150],
];
const PLAYERS: readonly { x: number; y: number; seat: number; turn: number; dashing?: boolean }[] = [
  { x: 176, y: 152, seat: 0, turn: -8, dashing: true },
  { x: 250, y: 142, seat: 1, turn: 160 },
  { x: 340, y: 100, seat: 3, turn: 200 },
  { x: 60, y: 92, seat: 2, turn: 60 },
  { x: 392, y: 208, seat: 4, turn: -90 },
];

export function Scene(): ReactElement {
  return (
    <svg
      className="scene"
      viewBox={`0 0 ${COLUMNS * TILE} ${ROWS * TILE}`}
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      focusable="false"
    >
      <rect width="100%" height="100%" fill="#1a2540" />
      {tiles()}
      {WALLS.map((wall) => {
        const [column = 0, row = 0] = wall.split(",").map(Number);
        return (
          <g key={wall} transform={`translate(${column * TILE} ${row * TILE})`}>
            <rect width={TILE} height={TILE + 4} fill="#0a0f1c" opacity="0.35" />
            <rect width={TILE} height={TILE} fill="#2b3c61" />
            <rect width={TILE} height={TILE - 6} fill="#5f7bb0" />
          </g>
        );
      })}
      {COINS.map(([x, y], at) => (
        <g key={`${x} ${y}`} transform={`translate(${x} ${y})`}>
          <g className="bob" style={{ animationDelay: `${-0.3 * at}s` }}>
            <CoinShape />
          </g>
        </g>
      ))}
      <g transform="translate(140 218)">
        <g className="bob">
          <GemShape />
        </g>
      </g>
      {PLAYERS.map((player) => (
        <Figure key={player.seat} {...player} />
      ))}
    </svg>
  );
}

function Figure({ x, y, seat, turn, dashing = false }: (typeof PLAYERS)[number]): ReactElement {
  const colour = colourOfSeat(seat);
  return (
    <g transform={`translate(${x} ${y})`}>
      {dashing &&
        [58, 42, 26].map((back, at) => (
          <circle key={back} cx={-back} cy={6} r={5 + 2 * at} fill={colour} opacity="0.3" />
        ))}
      <circle cy="2.5" r="12" fill="#060a14" opacity="0.35" />
      <circle r="12" fill={colour} stroke="#fff" strokeWidth="1.8" />
      <MarkPath seat={seat} />
      <g transform={`rotate(${turn})`}>
        {[-4.2, 4.2].map((side) => (
          <g key={side}>
            <circle cx="4.6" cy={side} r="3" fill="#fff" />
            <circle cx="5.6" cy={side} r="1.5" fill="#10182a" />
          </g>
        ))}
      </g>
    </g>
  );
}

export function CoinShape(): ReactElement {
  return (
    <>
      <circle r="6.5" fill="#ffd166" stroke="#9c6b00" strokeWidth="1.5" />
      <rect x="-1.3" y="-3.4" width="2.6" height="6.8" rx="1" fill="#9c6b00" />
    </>
  );
}

export function GemShape(): ReactElement {
  return (
    <>
      <path d="M0 -9L8 -2L0 10L-8 -2z" fill="#7ee8fa" stroke="#0e5d73" strokeWidth="1.4" />
      <path d="M0 -9L3.2 -2L0 10L-8 -2z" fill="#fff" opacity="0.55" />
    </>
  );
}

function tiles(): ReactElement[] {
  const found: ReactElement[] = [];
  for (let row = 0; row < ROWS; row++) {
    for (let column = row % 2; column < COLUMNS; column += 2) {
      found.push(
        <rect key={`${column} ${row}`} x={column * TILE} y={row * TILE} width={TILE} height={TILE} fill="#1e2b4a" />,
      );
    }
  }
  return found;
}
