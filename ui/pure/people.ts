/** Names of people and programs, as short as they can be told apart. */

const account = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** `payments/ada` of `system:serviceaccount:payments:ada`; every other name is what it is. */
export const shortOf = (name: string): string => name.replace(account, '$1/$2');
