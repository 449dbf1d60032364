import { lineMarkMask } from "../planning/names";

/** The bits of a mark that are extrude's, as nft takes them, and those that are other people's. */
export const [markBits, otherBits] = [lineMarkMask, 0xffffffff - lineMarkMask].map(hexadecimal) as [string, string];

/** As iproute2, nft and wg print marks. */
export function hexadecimal(mark: number): string {
  return `0x${mark.toString(16)}`;
}

/** A line's mark as it is matched, and set: the other bits are somebody else's. */
export function masked(mark: number): string {
  return `${hexadecimal(mark)}/${hexadecimal(lineMarkMask)}`;
}

/** The statement of nftables that marks a packet, or its connection. */
export function setMark(of: "meta" | "ct", mark: number): string {
  return `${of} mark set ${of} mark & ${otherBits} | ${hexadecimal(mark)}`;
}

/** The expression of nftables that fits a mark. */
export function hasMark(of: "meta" | "ct", mark: number): string {
  return `${of} mark & ${markBits} == ${hexadecimal(mark)}`;
}
