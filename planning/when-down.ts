export const whenDownChoices = ["direct", "block"] as const;
/** What a site's traffic does while every tunnel is dead: leave by a provider under that line's address, or stay. */
export type WhenDown = (typeof whenDownChoices)[number];
