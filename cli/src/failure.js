/** The exit codes of every command. Commander itself ends with 2 where the command line is not understood. */
export const EXIT = { done: 0, givenUp: 1, misused: 2, found: 3 };

/** A run ends here. The message is for the operator and has no secret in it. */
export class Failure extends Error {}
