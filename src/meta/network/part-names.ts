/** Attributes of users, users themselves, attributes of items, items themselves. */
export type PartName = "user" | "userId" | "item" | "itemId";
export const partNames: readonly PartName[] = ["user", "userId", "item", "itemId"];
