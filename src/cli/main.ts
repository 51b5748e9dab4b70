#!/usr/bin/env node
/** The entry point. */
import { EXIT } from './command.ts';
import { runLine } from './command-line.ts';

/** Ends quietly when the reader is gone (`warroom tail | head`). */
process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
  if (fault.code === 'EPIPE') process.exit(0);
  process.stderr.write(`warroom: the answer cannot be written: ${fault.message}\n`);
  process.exit(EXIT.faults);
});

/** Without stderr only the exit code is left to report with. */
process.stderr.on('error', () => {});

process.exitCode = await runLine(process.argv.slice(2));
