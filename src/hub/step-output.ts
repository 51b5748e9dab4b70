/** What a run prints: whole in a file in the data folder, its beginning in the record, and live to who follows the incident. */
import { appendFile, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '../incident/words.ts';
import { textFrame } from './frame.ts';
import { OUTPUT_SHOWN } from '../incident/topics/runbook-events.ts';
import type { HubParts } from './hub-parts.ts';
import { shortenText } from '../incident/bounds.ts';

/** Characters that `read_output` answers at once. */
const READ_BYTES = 32_000;

type StepOutputContext = Pick<HubParts, 'dataDir' | 'connections' | 'limits'>;

/** Of a run, below the data folder. */
const outputFile = (incident: string, ref: number): string => path.join('runbooks', incident, `${ref}.txt`);

export class StepOutput {
  readonly #context: StepOutputContext;
  readonly #incident: string;
  readonly #ref: number;
  #isMade = false;
  #fault: string | null = null;
  #head = '';
  #bytes = 0;

  constructor(context: StepOutputContext, incident: string, ref: number) {
    this.#context = context;
    this.#incident = incident;
    this.#ref = ref;
  }

  async write(text: string): Promise<void> {
    if (text === '') return;
    if (this.#head.length <= OUTPUT_SHOWN) this.#head += text.slice(0, OUTPUT_SHOWN + 1);
    this.#bytes += Buffer.byteLength(text);
    const file = path.join(this.#context.dataDir, outputFile(this.#incident, this.#ref));
    try {
      if (!this.#isMade) await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      this.#isMade = true;
      await appendFile(file, text, { mode: 0o600 });
    } catch (error) {
      // A full disk must not stop a step that looks for the cause.
      this.#fault ??= errorMessage(error);
    }
    // Whoever hears of it may read the file.
    this.#tell(text);
  }

  /** For the entry that ends the run. */
  get recorded(): { readonly output?: string; readonly outputBytes?: number; readonly file?: string } {
    if (this.#bytes === 0) return {};
    const kept = this.#fault === null ? { file: outputFile(this.#incident, this.#ref) } : {};
    return { output: shortenText(this.#head, OUTPUT_SHOWN), outputBytes: this.#bytes, ...kept };
  }

  /** Why not all of it is in the file, to follow a sentence; empty: it is. */
  get trouble(): string {
    return this.#fault === null ? '' : `; its output could not be kept: ${this.#fault}`;
  }

  /** A console with a full queue misses it, and reads the file. */
  #tell(text: string): void {
    const [incident, ref] = [this.#incident, this.#ref];
    let frame: Buffer | null = null;
    const { connections, limits } = this.#context;
    for (const connection of connections.sessions)
      if (connection.incident === incident && connection.waiting < limits.softBufferBytes)
        connection.write((frame ??= textFrame(JSON.stringify({ type: 'step_output', incident, ref, text }))));
  }
}

/** A part of a kept output, as JSON; null: there is none. */
export async function readOutput(dataDir: string, incident: string, ref: number, from: number): Promise<string | null> {
  const file = await open(path.join(dataDir, outputFile(incident, ref))).catch(() => null);
  if (file === null) return null;
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, from);
    const isEnd = from + bytesRead >= size;
    // A character at the end that is cut in two is left for the next part.
    const text = new TextDecoder().decode(buffer.subarray(0, bytesRead), { stream: !isEnd });
    const next = isEnd ? null : from + Buffer.byteLength(text);
    return JSON.stringify({ text, next, total: size });
  } finally {
    await file.close();
  }
}
