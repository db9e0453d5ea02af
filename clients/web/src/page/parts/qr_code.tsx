/** A link as a QR code: one SVG path, dark on white whatever the page's colours, with the margin that readers need. */

import { type ReactElement, useMemo } from "react";
import { encode } from "uqr";

const MARGIN = 2; // modules; the standard asks for 4, the white card around it is the rest

export function QrCode({ link, label }: { link: string; label: string }): ReactElement {
  const { path, size } = useMemo(() => pathOf(link), [link]);
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

/** The dark modules, each run of a row one rectangle. */
export function pathOf(link: string): { path: string; size: number } {
  const { data, size } = encode(link, { ecc: "M", border: MARGIN });
  const runs: string[] = [];
  data.forEach((row, y) => {
    for (let x = 0; x < size; x++) {
      if (!row[x]) continue;
      const start = x;
      while (x < size && row[x]) x++;
      runs.push(`M${start} ${y}h${x - start}v1h-${x - start}z`);
    }
  });
  return { path: runs.join(""), size };
}
