import type { SchemaElement } from 'hyparquet';

/** What is wanted to be known of a footer. */
export interface ParsedFooter {
  readonly rowCount: bigint;
  readonly schemaFingerprint: string;
  /** Absent if the fingerprint is the expected one. */
  readonly schema?: readonly SchemaElement[];
}

/** Parses footers of strangers without risk to this process. */
export interface FooterParser {
  /**
   * @param footer as {@link parseFooter} takes it.
   * @param expected a schema with this fingerprint is not handed back: it is known already.
   * @throws {FileProblem} if the footer is damaged, or takes too much time or memory to parse.
   */
  parse(footer: Uint8Array, expected?: string): Promise<ParsedFooter>;
  /** Ends all that has been started. What is being parsed fails. */
  close(): Promise<void>;
}
