import { lineMarkMask } from "../planning/names";

/** As iproute2, nft and wg print marks. */
export function hexadecimal(mark: number): string {
  return `0x${mark.toString(16)}`;
}

/** A line's mark as it is matched, and set: the other bits are somebody else's. */
export function masked(mark: number): string {
  return `${hexadecimal(mark)}/${hexadecimal(lineMarkMask)}`;
}
