/** How the connection and the prediction do: figures and their last two minutes, four times a second, on a key. */

import { SUB } from "../../generated/protocol.ts";

const INTERVAL_MS = 250;
const WIDTH_PX = 296;
const ROW_PX = 19;
const PAD_PX = 9;
const GRAPH_PX = 110;

/** What is shown of a session's statistics. Counters' histories hold what was added in each second. */
export interface NetStatistics {
  readonly rttMs: number;
  readonly jitterMs: number;
  readonly leadTicks: number;
  readonly delayTicks: number;
  readonly inputs: number;
  readonly lateInputs: number;
  readonly correction: number;
  readonly resyncs: number;
  readonly history: Readonly<Record<Sampled, { values(): number[] }>>;
}

type Sampled =
  | "rttMs"
  | "jitterMs"
  | "leadTicks"
  | "delayTicks"
  | "lateInputs"
  | "correction"
  | "resyncs"
  | "bytesIn"
  | "bytesOut";

interface Line {
  readonly label: string;
  readonly sampled: Sampled;
  readonly colour: string;
  readonly text: (statistics: NetStatistics, tickMs: number, last: number) => string;
}

const GOOD = "#4fd6a0";
const TIME = "#7ee8fa";
const FAULT = "#ff9d76";
const TRAFFIC = "#b9a6ff";

const LINES: readonly Line[] = [
  { label: "Round trip", sampled: "rttMs", colour: TIME, text: ({ rttMs }) => `${rttMs.toFixed(0)} ms` },
  { label: "Jitter", sampled: "jitterMs", colour: TIME, text: ({ jitterMs }) => `${jitterMs.toFixed(1)} ms` },
  { label: "Lead", sampled: "leadTicks", colour: GOOD, text: ({ leadTicks }, tickMs) => ticks(leadTicks, tickMs) },
  { label: "Delay", sampled: "delayTicks", colour: GOOD, text: ({ delayTicks }, tickMs) => ticks(delayTicks, tickMs) },
  {
    label: "Late inputs",
    sampled: "lateInputs",
    colour: FAULT,
    text: ({ lateInputs, inputs }) => `${lateInputs} of ${inputs}`,
  },
  {
    label: "Correction",
    sampled: "correction",
    colour: FAULT,
    text: ({ correction }) => (correction === 0 ? "0" : `${(correction / SUB).toFixed(1)} units`),
  },
  { label: "Resyncs", sampled: "resyncs", colour: FAULT, text: ({ resyncs }) => String(resyncs) },
  { label: "In", sampled: "bytesIn", colour: TRAFFIC, text: (_, __, last) => `${last.toFixed(0)} B/s` },
  { label: "Out", sampled: "bytesOut", colour: TRAFFIC, text: (_, __, last) => `${last.toFixed(0)} B/s` },
];

const HEIGHT_PX = LINES.length * ROW_PX + 2 * PAD_PX;

export class NetGraph {
  readonly #host: HTMLElement;
  readonly #read: () => { readonly statistics: NetStatistics; readonly tickMs: number };
  #canvas: HTMLCanvasElement | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(host: HTMLElement, read: () => { readonly statistics: NetStatistics; readonly tickMs: number }) {
    this.#host = host;
    this.#read = read;
  }

  toggle(): void {
    if (this.#canvas) this.close();
    else this.#open();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#canvas?.remove();
    this.#canvas = null;
  }

  #open(): void {
    const canvas = document.createElement("canvas");
    const dense = Math.min(devicePixelRatio, 2);
    canvas.className = "arena-netgraph";
    canvas.width = WIDTH_PX * dense;
    canvas.height = HEIGHT_PX * dense;
    canvas.style.width = `${WIDTH_PX}px`;
    canvas.style.height = `${HEIGHT_PX}px`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "Figures of the connection");
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.scale(dense, dense);
    this.#canvas = canvas;
    this.#host.append(canvas);
    const draw = () => drawGraph(context, this.#read());
    draw();
    this.#timer = setInterval(draw, INTERVAL_MS);
  }
}

function drawGraph(
  context: CanvasRenderingContext2D,
  { statistics, tickMs }: { readonly statistics: NetStatistics; readonly tickMs: number },
): void {
  context.clearRect(0, 0, WIDTH_PX, HEIGHT_PX);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  LINES.forEach((line, row) => {
    const middle = PAD_PX + row * ROW_PX + ROW_PX / 2;
    const values = statistics.history[line.sampled].values();
    context.fillStyle = "#a9b8d8";
    context.textAlign = "left";
    context.fillText(line.label, PAD_PX, middle);
    context.fillStyle = "#eef3ff";
    context.textAlign = "right";
    context.fillText(line.text(statistics, tickMs, values.at(-1) ?? 0), WIDTH_PX - GRAPH_PX - PAD_PX, middle);
    drawSparkline(context, values, line.colour, WIDTH_PX - GRAPH_PX, middle - ROW_PX / 2 + 3, ROW_PX - 6);
  });
}

/** The last seconds of one figure, a pixel each, newest to the right; the highest value is as high as the line. */
function drawSparkline(
  context: CanvasRenderingContext2D,
  values: readonly number[],
  colour: string,
  left: number,
  top: number,
  height: number,
): void {
  const width = GRAPH_PX - PAD_PX;
  const shown = values.slice(-width);
  const most = shown.reduce((highest, value) => Math.max(highest, Math.abs(value)), 0);
  context.strokeStyle = "#ffffff1f";
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left, top + height - 0.5);
  context.lineTo(left + width, top + height - 0.5);
  context.stroke();
  if (most === 0) return;
  context.strokeStyle = colour;
  context.lineWidth = 1.3;
  context.beginPath();
  shown.forEach((value, at) => {
    context.lineTo(left + width - shown.length + at, top + height - 1 - (Math.abs(value) / most) * (height - 2));
  });
  context.stroke();
}

function ticks(count: number, tickMs: number): string {
  return `${count.toFixed(1)} t, ${(count * tickMs).toFixed(0)} ms`;
}
