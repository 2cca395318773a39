/** How long a reconcile waits for what nothing will tell it of, of whatever kind the object is. */

/** What is looked at may change meanwhile; this often in a row means something else is wrong. */
export const maxRaces = 16;
/** A dependency that answers, but not this: asking whether it is there would not tell when it does. */
export const awayRetryMs = 5_000;
/** A namespace that no watch has told of is told of within moments. */
export const untoldRetryMs = 2_000;
/** A claim is told by a watch of the ConfigNamespace of another name than the config's, where that is so. */
export const closedRetryMs = 60_000;
/** Somebody else just changed the object: what they did is on its way through the watch. */
export const changedRetryMs = 500;
